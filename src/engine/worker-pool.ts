import { GatewayError } from '../errors.ts';
import type { Graph } from '../model/graph.ts';
import type { Tensor } from '../model/tensor.ts';
import type { Session } from './engine.ts';
import { PoolThread } from './pool-thread.ts';

export interface WorkerPoolOptions {
  /** How many threads there are at most; each starts with its first session. */
  readonly threads: number;
  /** Limit of each thread's JavaScript heap in MiB; the models' own memory does not count. */
  readonly heapMiB: number;
}

/** Sessions on worker threads. A session lives on one thread: the one that had the fewest when it was loaded. */
export class WorkerPool {
  readonly #threads: readonly PoolThread[];
  readonly #sessions = new Set<WorkerSession>();
  #lastSession = 0;

  constructor({ threads, heapMiB }: WorkerPoolOptions) {
    this.#threads = Array.from(
      { length: threads },
      (_, index) => new PoolThread({ name: `switchyard-engine-${index}`, heapMiB }),
    );
  }

  get isHealthy(): boolean {
    return this.#threads.every((thread) => thread.isHealthy);
  }

  /** @throws GatewayError as `PoolThread.load`; the signal's reason. */
  async load(graph: Graph, signal: AbortSignal): Promise<Session> {
    const thread = this.#leastLoaded();
    const id = ++this.#lastSession;
    const loading = thread.load(id, graph);
    await untilAborted(loading, signal, () => void thread.closeSession(id));
    const session = new WorkerSession(thread, id, () => this.#sessions.delete(session));
    this.#sessions.add(session);
    return session;
  }

  /** Waits for the runs in flight. */
  async close(): Promise<void> {
    await Promise.all([...this.#sessions].map((session) => session.close()));
    await Promise.all(this.#threads.map((thread) => thread.close()));
  }

  #leastLoaded(): PoolThread {
    const [first, ...others] = this.#threads.filter((thread) => thread.isHealthy);
    if (first === undefined) throw new GatewayError('LOAD_CRASHED', 'no worker thread is left');
    return others.reduce(
      (least, thread) => (thread.sessionCount < least.sessionCount ? thread : least),
      first,
    );
  }
}

class WorkerSession implements Session {
  readonly placement = 'worker';
  readonly #thread: PoolThread;
  readonly #id: number;
  readonly #onClose: () => void;
  #closing: Promise<void> | null = null;

  constructor(thread: PoolThread, id: number, onClose: () => void) {
    this.#thread = thread;
    this.#id = id;
    this.#onClose = onClose;
  }

  async run(inputs: readonly Tensor[]): Promise<readonly Tensor[]> {
    if (this.#closing !== null) throw new GatewayError('INFERENCE_FAILED', 'the session is closed');
    return this.#thread.run(this.#id, inputs);
  }

  close(): Promise<void> {
    this.#closing ??= this.#thread.closeSession(this.#id).finally(this.#onClose);
    return this.#closing;
  }
}

/** What `work` gives, or the signal's reason as soon as it aborts; then `abandon` is called once the work is done. */
async function untilAborted(work: Promise<void>, signal: AbortSignal, abandon: () => void): Promise<void> {
  const aborted = Promise.withResolvers<never>();
  const onAbort = () => {
    work.then(abandon, () => undefined);
    aborted.reject(signal.reason);
  };
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
