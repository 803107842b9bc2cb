import { GatewayError } from '../errors.ts';
import type { Graph } from '../model/graph.ts';
import type { Tensor } from '../model/tensor.ts';
import type { Engine, Placement, Session } from './engine.ts';
import { InlineTurns } from './inline-turns.ts';
import { OnnxSession } from './onnx-session.ts';
import { WorkerPool } from './worker-pool.ts';

const DEFAULT_HEAP_MIB = 2048;

export interface OnnxEngineOptions {
  /** How many sessions on workers run at once. */
  readonly threads: number;
  /**
   * Limit of each worker's JavaScript heap in MiB, default 2048. It holds the texts of runs (a quarter of it at
   * most), neither the models nor numeric tensors.
   */
  readonly heapMiB?: number;
}

/** ONNX Runtime behind the `Engine` port. The caller closes it. */
export function createOnnxEngine({ threads, heapMiB = DEFAULT_HEAP_MIB }: OnnxEngineOptions): Engine {
  return new OnnxEngine(new WorkerPool({ threads, heapMiB }));
}

class OnnxEngine implements Engine {
  readonly #pool: WorkerPool;
  readonly #inline = new Set<OnnxSession>();
  readonly #turns = new InlineTurns();
  #closing: Promise<void> | null = null;

  constructor(pool: WorkerPool) {
    this.#pool = pool;
  }

  get threads(): number {
    return this.#pool.threads;
  }

  get isHealthy(): boolean {
    return this.#pool.isHealthy;
  }

  async load(graph: Graph, placement: Placement, signal: AbortSignal): Promise<Session> {
    signal.throwIfAborted();
    if (this.#closing !== null) throw new GatewayError('SHUTTING_DOWN', 'the engine is closed');
    return placement === 'inline' ? this.#loadInline(graph, signal) : this.#pool.load(graph, signal);
  }

  close(): Promise<void> {
    this.#closing ??= this.#closeAll();
    return this.#closing;
  }

  async #loadInline(graph: Graph, signal: AbortSignal): Promise<Session> {
    const session = await OnnxSession.load(graph);
    if (signal.aborted || this.#closing !== null) {
      await session.close();
      signal.throwIfAborted();
      throw new GatewayError('SHUTTING_DOWN', 'the engine is closed');
    }
    this.#inline.add(session);
    const forget = () => this.#inline.delete(session);
    session.closed.then(forget, forget);
    return new InlineSession(session, this.#turns);
  }

  async #closeAll(): Promise<void> {
    await Promise.all([this.#pool.close(), ...[...this.#inline].map((session) => session.close())]);
  }
}

/** A session on the event loop. */
class InlineSession implements Session {
  readonly placement = 'inline';
  readonly isHealthy = true;
  readonly #session: OnnxSession;
  readonly #turns: InlineTurns;

  constructor(session: OnnxSession, turns: InlineTurns) {
    this.#session = session;
    this.#turns = turns;
  }

  get lastRunMs(): number {
    return this.#session.lastRunMs;
  }

  requestTurn(onTurn: (budgetMs: number) => void, expectedMs: number): void {
    this.#turns.request(onTurn, expectedMs);
  }

  async run(inputs: readonly Tensor[]): Promise<readonly Tensor[]> {
    const outputs = await this.#session.run(inputs);
    this.#turns.ran(this.#session.lastRunMs);
    return outputs;
  }

  close(): Promise<void> {
    return this.#session.close();
  }
}
