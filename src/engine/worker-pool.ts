import { GatewayError } from '../errors.ts';
import type { Graph } from '../model/graph.ts';
import type { Tensor } from '../model/tensor.ts';
import { untilAborted } from '../until-aborted.ts';
import type { Session } from './engine.ts';
import { PoolThread } from './pool-thread.ts';
import { RunSlots } from './run-slots.ts';

/** So many threads more than run at once may hold a session of their own; each holds about 10 MiB. */
const MOST_EXTRA_THREADS = 16;

export interface WorkerPoolOptions {
  /** How many sessions run at once. */
  readonly threads: number;
  /** Limit of each thread's JavaScript heap in MiB; the models' own memory does not count. */
  readonly heapMiB: number;
}

/**
 * Sessions on worker threads, of which a number run at once. A session has a thread of its own while there are not too
 * many, so that the load of a large graph, which blocks its thread, and a death of it concern nobody else.
 */
export class WorkerPool {
  readonly #options: WorkerPoolOptions;
  readonly #slots: RunSlots;
  readonly #threads = new Set<PoolThread>();
  readonly #sessions = new Set<WorkerSession>();
  #lastSession = 0;
  #lastThread = 0;

  constructor(options: WorkerPoolOptions) {
    this.#options = options;
    this.#slots = new RunSlots(options.threads);
  }

  get threads(): number {
    return this.#options.threads;
  }

  get isHealthy(): boolean {
    for (const thread of this.#threads) if (!thread.isHealthy) return false;
    return true;
  }

  /** @throws GatewayError as `PoolThread.load`; the signal's reason. */
  async load(graph: Graph, signal: AbortSignal): Promise<Session> {
    const thread = this.#takeThread();
    const id = ++this.#lastSession;
    const loading = thread.load(id, graph);
    const abandon = () => void thread.closeSession(id).finally(() => this.#giveUp(thread));
    loading.catch(() => this.#giveUp(thread));
    await untilAborted(loading, signal, abandon);
    const session = new WorkerSession({ thread, id, graph, slots: this.#slots }, () => {
      this.#sessions.delete(session);
      this.#giveUp(thread);
    });
    this.#sessions.add(session);
    return session;
  }

  /** Waits for the runs in flight. */
  async close(): Promise<void> {
    await Promise.all([...this.#sessions].map((session) => session.close()));
    await Promise.all([...this.#threads].map((thread) => thread.close()));
  }

  /** An empty thread; a new one while there are not too many, else the one with the fewest sessions. */
  #takeThread(): PoolThread {
    let least: PoolThread | null = null;
    for (const thread of this.#threads) {
      if (!thread.isHealthy) continue;
      if (least === null || thread.sessionCount < least.sessionCount) least = thread;
    }
    if (least?.sessionCount === 0) return least;
    const { threads, heapMiB } = this.#options;
    if (least !== null && this.#threads.size >= threads + MOST_EXTRA_THREADS) return least;
    const thread = new PoolThread({ name: `switchyard-engine-${this.#lastThread++}`, heapMiB });
    this.#threads.add(thread);
    return thread;
  }

  /** Ends a thread without sessions, unless it is the only one that waits for the next session, and can take one. */
  #giveUp(thread: PoolThread): void {
    if (thread.sessionCount > 0) return;
    const isSpare = ![...this.#threads].some((other) => other !== thread && other.sessionCount === 0);
    if (isSpare && thread.isHealthy) return;
    this.#threads.delete(thread);
    void thread.close();
  }
}

interface WorkerSessionParts {
  readonly thread: PoolThread;
  readonly id: number;
  readonly graph: Graph;
  readonly slots: RunSlots;
}

class WorkerSession implements Session {
  readonly placement = 'worker';
  readonly #parts: WorkerSessionParts;
  readonly #onClose: () => void;
  lastRunMs = 0;
  /** What the run of the current turn will take; `null` outside of a turn. */
  #turnMs: number | null = null;
  #runs = 0;
  readonly #idle = Promise.withResolvers<void>();
  #closing: Promise<void> | null = null;

  constructor(parts: WorkerSessionParts, onClose: () => void) {
    this.#parts = parts;
    this.#onClose = onClose;
    parts.slots.join(parts.graph);
  }

  get isHealthy(): boolean {
    return this.#parts.thread.isSessionHealthy(this.#parts.id);
  }

  requestTurn(onTurn: (budgetMs: number) => void, expectedMs: number): void {
    const { graph, slots, thread } = this.#parts;
    const begin = () => {
      this.#turnMs = expectedMs;
      try {
        onTurn(Number.POSITIVE_INFINITY);
      } finally {
        this.#turnMs = null;
      }
    };
    slots.request({ model: graph, lane: thread, expectedMs, onTurn: begin });
  }

  async run(inputs: readonly Tensor[]): Promise<readonly Tensor[]> {
    if (this.#closing !== null) throw new GatewayError('INFERENCE_FAILED', 'the session is closed');
    this.#runs += 1;
    try {
      const turnMs = this.#turnMs;
      if (turnMs !== null) return await this.#begin(inputs, turnMs);
      const { promise, resolve } = Promise.withResolvers<readonly Tensor[]>();
      this.requestTurn(() => resolve(this.#begin(inputs, this.lastRunMs)), this.lastRunMs);
      return await promise;
    } finally {
      this.#runs -= 1;
      if (this.#runs === 0 && this.#closing !== null) this.#idle.resolve();
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #begin(inputs: readonly Tensor[], expectedMs: number): Promise<readonly Tensor[]> {
    const { graph, id, slots, thread } = this.#parts;
    const startedAt = performance.now();
    slots.begin(graph, thread, expectedMs);
    try {
      const { outputs, runMs } = await thread.run(id, inputs);
      this.lastRunMs = runMs;
      return outputs;
    } finally {
      slots.end(graph, thread, performance.now() - startedAt);
    }
  }

  async #close(): Promise<void> {
    const { graph, id, slots, thread } = this.#parts;
    if (this.#runs > 0) await this.#idle.promise;
    slots.leave(graph);
    try {
      await thread.closeSession(id);
    } finally {
      this.#onClose();
    }
  }
}
