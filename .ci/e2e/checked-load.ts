import { Client } from 'undici';
import type { Question } from './expected-answers.ts';

export interface Switch {
  readonly to: string;
  /** `performance.now()` when the first answer of this version was complete. */
  readonly at: number;
}

export interface CheckedLoadOptions {
  readonly origin: string;
  readonly questions: readonly Question[];
  readonly connections: number;
  /** Pause after each answer, for light load. Default 0. */
  readonly pauseMs?: number;
  /** Told of each answer. */
  readonly onAnswer?: (answer: CheckedAnswer) => void;
}

export interface CheckedAnswer {
  /** Numbered from 0. */
  readonly connection: number;
  readonly version: string;
  /** Of the request and the answer's last byte, as `performance.now()` tells them. */
  readonly startedAt: number;
  readonly endedAt: number;
}

const problemsKept = 5;

/**
 * Keep-alive connections that ask one question after the other and check every single answer: status, headers, and
 * that the body is what the version in `x-model-version` computes. A cut connection counts as a failure.
 */
export class CheckedLoad {
  readonly problems: string[] = [];
  readonly switches: Switch[] = [];
  answered = 0;
  failed = 0;
  wrong = 0;
  readonly #options: CheckedLoadOptions;
  readonly #latencies = new Map<string, number[]>();
  readonly #loops: Promise<void>[];
  #phase = 'start';
  #next = 0;
  #isStopping = false;

  constructor(options: CheckedLoadOptions) {
    this.#options = options;
    this.#loops = Array.from({ length: options.connections }, (_, connection) => this.#ask(connection));
  }

  /** Latencies from now on are counted under this name. */
  set phase(name: string) {
    this.#phase = name;
  }

  get version(): string | null {
    return this.switches.at(-1)?.to ?? null;
  }

  /** @returns milliseconds, or NaN if the phase has no answers */
  percentileMs(phase: string, percent: number): number {
    const sorted = (this.#latencies.get(phase) ?? []).toSorted((a, b) => a - b);
    return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))] ?? Number.NaN;
  }

  answersIn(phase: string): number {
    return this.#latencies.get(phase)?.length ?? 0;
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    await Promise.all(this.#loops);
  }

  async #ask(connection: number): Promise<void> {
    const client = new Client(this.#options.origin, { pipelining: 1 });
    while (!this.#isStopping) {
      const question = this.#options.questions[this.#next++ % this.#options.questions.length];
      if (question === undefined) {
        throw new Error('there are no questions');
      }
      await this.#askOne(client, question, connection);
      // A timer even without a pause would cost a millisecond each.
      if (this.#options.pauseMs !== undefined) {
        await new Promise((resolve) => setTimeout(resolve, this.#options.pauseMs));
      }
    }
    await client.close();
  }

  async #askOne(client: Client, question: Question, connection: number): Promise<void> {
    const startedAt = performance.now();
    try {
      const response = await client.request({
        method: 'POST',
        path: question.path,
        headers: { 'content-type': 'application/json' },
        body: question.body,
      });
      const text = await response.body.text();
      if (response.statusCode !== 200) {
        throw new Error(`status ${response.statusCode}: ${text}`);
      }
      const endedAt = performance.now();
      const version = String(response.headers['x-model-version']);
      this.#record(question.problemOf(version, JSON.parse(text)), version, startedAt, endedAt);
      this.#options.onAnswer?.({ connection, version, startedAt, endedAt });
    } catch (error) {
      this.failed += 1;
      this.#keep(`${question.path}: ${error instanceof Error ? error.message : String(error)}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  #record(problem: string | null, version: string, startedAt: number, endedAt: number): void {
    this.#latencies.getOrInsert(this.#phase, []).push(endedAt - startedAt);
    this.answered += 1;
    if (problem !== null) {
      this.wrong += 1;
      this.#keep(problem);
    }
    const latest = this.switches.at(-1);
    // An answer of the earlier version to a question that was asked before the switch is no switch back.
    if (latest === undefined || (latest.to !== version && startedAt > latest.at)) {
      this.switches.push({ to: version, at: endedAt });
    }
  }

  #keep(problem: string): void {
    if (this.problems.length < problemsKept) {
      this.problems.push(problem);
    }
  }
}
