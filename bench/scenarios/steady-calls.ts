import { Pool } from 'undici';
import type { Interval } from '../processes/standstills.ts';

export interface Call {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: string;
}

export interface SteadyCallsOptions {
  readonly origin: string;
  /** In turn. */
  readonly calls: readonly Call[];
  readonly perSecond: number;
  /** Above it, calls wait for one that is free, and that counts as their latency. */
  readonly connections: number;
}

/** The answers of one phase. */
export interface Answers {
  /** Milliseconds, ascending. */
  readonly latencies: readonly number[];
  /** From the sending to the last byte of each answer, in no order. */
  readonly waits: readonly Interval[];
  /** Cut connections, and answers that were no 200. */
  readonly failed: number;
  readonly problem: string | null;
  /** The longest that this process could not look at its calls, in milliseconds: no answer is told more exactly. */
  readonly ownStallMs: number;
}

/**
 * Calls at a fixed rate, whether the ones before were answered or not, so that a server that stands still is seen by all
 * the calls that would have come meanwhile.
 */
export class SteadyCalls {
  readonly #options: SteadyCallsOptions;
  readonly #pool: Pool;
  readonly #timer: NodeJS.Timeout;
  readonly #startedAt = performance.now();
  readonly #open = new Set<Promise<void>>();
  #sent = 0;
  #waits: Interval[] = [];
  #failed = 0;
  #problem: string | null = null;
  #lastTick = performance.now();
  #ownStallMs = 0;

  constructor(options: SteadyCallsOptions) {
    this.#options = options;
    this.#pool = new Pool(options.origin, { connections: options.connections, pipelining: 1 });
    this.#timer = setInterval(() => this.#sendDue(), 1);
  }

  /** What was answered since the last time; calls that are out still count for the phase in which they are answered. */
  take(): Answers {
    const answers = {
      latencies: latenciesOf(this.#waits),
      waits: this.#waits,
      failed: this.#failed,
      problem: this.#problem,
      ownStallMs: this.#ownStallMs,
    };
    this.#ownStallMs = 0;
    this.#waits = [];
    this.#failed = 0;
    this.#problem = null;
    return answers;
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#open);
    await this.#pool.close();
  }

  #sendDue(): void {
    const { calls, perSecond } = this.#options;
    const now = performance.now();
    this.#ownStallMs = Math.max(this.#ownStallMs, now - this.#lastTick);
    this.#lastTick = now;
    const due = Math.floor(((now - this.#startedAt) * perSecond) / 1000);
    while (this.#sent < due) {
      const call = calls[this.#sent % calls.length]!;
      this.#sent++;
      const sending = this.#send(call).finally(() => this.#open.delete(sending));
      this.#open.add(sending);
    }
  }

  async #send({ method, path, body }: Call): Promise<void> {
    const startedAt = performance.now();
    try {
      const response = await this.#pool.request({
        method,
        path,
        ...(body === undefined ? {} : { body, headers: { 'content-type': 'application/json' } }),
      });
      const text = await response.body.text();
      const { timeOrigin } = performance;
      this.#waits.push({ from: timeOrigin + startedAt, to: timeOrigin + performance.now() });
      if (response.statusCode !== 200) throw new Error(`${path}: ${response.statusCode} ${text}`);
    } catch (error) {
      this.#failed++;
      this.#problem ??= error instanceof Error ? error.message : String(error);
    }
  }
}

/** Milliseconds, ascending. */
export function latenciesOf(waits: readonly Interval[]): readonly number[] {
  return waits.map(({ from, to }) => to - from).sort((left, right) => left - right);
}
