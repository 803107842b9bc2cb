import { GatewayError } from '../errors.ts';
import type { Graph } from '../model/graph.ts';
import type { TrialReport, TrialRun, TrialRunner } from './engine.ts';
import { TrialChild } from './trial-child.ts';
import type { TrialOrder } from './trial-messages.ts';

const DEFAULT_IDLE_MS = 10_000;
/** How long a trial waits for the running one before it gets a process of its own. */
const PATIENCE_MS = 1000;
const MAX_PROCESSES = 2;

export interface TrialRunnerOptions {
  /** How much a trial process may grow by one graph before it is killed. */
  readonly memoryLimitBytes: number;
  /** How long an idle trial process is kept for the next trial; default 10 s. */
  readonly idleMs?: number;
}

/** A runner of trials in child processes. The caller closes it. */
export function createTrialRunner(options: TrialRunnerOptions): TrialRunner {
  return new ForkedTrialRunner(options);
}

interface QueuedTrial {
  readonly order: TrialOrder;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly queuedAt: number;
  readonly resolve: (report: TrialReport) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Trials in the order in which they were asked for, in one process. Only when the first in the queue has waited for a
 * second, because a graph hangs or is large, a second process takes it.
 */
class ForkedTrialRunner implements TrialRunner {
  readonly #memoryLimitBytes: number;
  readonly #idleMs: number;
  readonly #queue: QueuedTrial[] = [];
  readonly #busy = new Set<TrialChild>();
  #idle: TrialChild | null = null;
  #idleTimer: NodeJS.Timeout | undefined;
  #patienceTimer: NodeJS.Timeout | undefined;
  readonly #dying = new Set<Promise<void>>();
  #isClosed = false;

  constructor({ memoryLimitBytes, idleMs = DEFAULT_IDLE_MS }: TrialRunnerOptions) {
    this.#memoryLimitBytes = memoryLimitBytes;
    this.#idleMs = idleMs;
  }

  async try(
    graph: Graph,
    runs: readonly TrialRun[],
    timeoutMs: number,
    signal: AbortSignal,
  ): Promise<TrialReport> {
    signal.throwIfAborted();
    if (this.#isClosed) throw closed();
    const outcome = Promise.withResolvers<TrialReport>();
    const trial = { order: { graph, runs }, timeoutMs, signal, queuedAt: performance.now(), ...outcome };
    const onAbort = () => this.#withdraw(trial);
    signal.addEventListener('abort', onAbort, { once: true });
    this.#queue.push(trial);
    this.#dispatch();
    try {
      return await outcome.promise;
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#patienceTimer);
    for (const trial of this.#queue.splice(0)) trial.reject(closed());
    this.#retireIdle();
    for (const child of this.#busy) this.#retire(child);
    await Promise.all(this.#dying);
  }

  #dispatch(): void {
    clearTimeout(this.#patienceTimer);
    const first = this.#queue[0];
    if (first === undefined) return;
    const waitMs = PATIENCE_MS - (performance.now() - first.queuedAt);
    if (this.#busy.size >= MAX_PROCESSES) return;
    if (this.#busy.size > 0 && waitMs > 0) {
      this.#patienceTimer = setTimeout(() => this.#dispatch(), waitMs);
      return;
    }
    this.#queue.shift();
    void this.#perform(first);
    this.#dispatch();
  }

  /** Never rejects: what goes wrong is the trial's outcome. */
  async #perform({ order, timeoutMs, signal, resolve, reject }: QueuedTrial): Promise<void> {
    const child = this.#takeIdle() ?? new TrialChild();
    this.#busy.add(child);
    const limits = { timeoutMs, memoryBytes: this.#memoryLimitBytes };
    await child.try(order, limits, signal).then(resolve, reject);
    this.#busy.delete(child);
    if (this.#isClosed) return;
    this.#keep(child);
    this.#dispatch();
  }

  #withdraw(trial: QueuedTrial): void {
    const index = this.#queue.indexOf(trial);
    if (index < 0) return;
    this.#queue.splice(index, 1);
    trial.reject(trial.signal.reason);
    this.#dispatch();
  }

  #takeIdle(): TrialChild | null {
    const child = this.#idle;
    this.#idle = null;
    clearTimeout(this.#idleTimer);
    return child?.isUsable ? child : null;
  }

  #keep(child: TrialChild): void {
    if (!child.isUsable || this.#idle !== null) {
      this.#retire(child);
      return;
    }
    this.#idle = child;
    this.#idleTimer = setTimeout(() => this.#retireIdle(), this.#idleMs);
    this.#idleTimer.unref();
  }

  #retireIdle(): void {
    clearTimeout(this.#idleTimer);
    if (this.#idle !== null) this.#retire(this.#idle);
    this.#idle = null;
  }

  #retire(child: TrialChild): void {
    const death = child.kill().finally(() => this.#dying.delete(death));
    this.#dying.add(death);
  }
}

function closed(): GatewayError {
  return new GatewayError('SHUTTING_DOWN', 'the trial runner is closed');
}
