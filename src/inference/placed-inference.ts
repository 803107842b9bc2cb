import type { Engine, Placement, Session } from '../engine/engine.ts';
import { GatewayError } from '../errors.ts';
import type { Graph } from '../model/graph.ts';
import type { Tensor } from '../model/tensor.ts';
import { Batcher } from './batcher.ts';
import type { Deadline } from './deadline.ts';
import type { BatchObservation, Inference, InferenceResult } from './inference.ts';
import { RowBudget } from './row-budget.ts';

/** What an inline run may take of the event loop, in milliseconds. */
const INLINE_BUDGET_MS = 2;

/** The most rows of a batch on a worker thread. */
const WORKER_BATCH_ROWS = 4096;

export interface PlacedInferenceOptions {
  readonly engine: Engine;
  readonly graph: Graph;
  readonly placement: Placement;
  /** Measured cost of one row, in milliseconds. */
  readonly oneRowMs: number;
  readonly shareBatches: boolean;
  readonly onBatch: (batch: BatchObservation) => void;
}

/**
 * One graph where its cost says it belongs: small batches of a cheap graph inline, everything else on a worker thread.
 * The worker's copy of an inline graph is loaded when the first request needs it.
 */
export class PlacedInference implements Inference {
  readonly #options: PlacedInferenceOptions;
  readonly #budget: RowBudget;
  readonly #inline: Batcher | null;
  #workerBatcher: Batcher | null = null;
  #workerLoad: Promise<Batcher> | null = null;
  /** Rows of requests that wait for the worker's copy. */
  #waitingRows = 0;
  #closing: Promise<void> | null = null;

  private constructor(options: PlacedInferenceOptions, session: Session) {
    this.#options = options;
    this.#budget = new RowBudget(INLINE_BUDGET_MS, options.oneRowMs);
    this.#inline = session.placement === 'inline' ? this.#createInlineBatcher(session) : null;
    if (session.placement === 'worker') this.#workerBatcher = this.#createWorkerBatcher(session);
  }

  /**
   * @throws GatewayError INVALID_MODEL if the engine refuses the graph.
   */
  static async load(options: PlacedInferenceOptions, signal: AbortSignal): Promise<PlacedInference> {
    return new PlacedInference(options, await options.engine.load(options.graph, options.placement, signal));
  }

  get queuedRows(): number {
    return (this.#inline?.queuedRows ?? 0) + (this.#workerBatcher?.queuedRows ?? 0) + this.#waitingRows;
  }

  /** The most rows that run inline at this moment; 0 if none do. */
  get maxInlineRows(): number {
    return this.#inline === null ? 0 : this.#budget.maxRows;
  }

  async infer(inputs: readonly Tensor[], rows: number, deadline: Deadline): Promise<InferenceResult> {
    if (this.#inline !== null && rows <= this.#budget.maxRows)
      return this.#inline.infer(inputs, rows, deadline);
    const worker = this.#workerBatcher ?? (await this.#untilWorkerIsLoaded(rows, deadline));
    return worker.infer(inputs, rows, deadline);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#inline?.close();
    await this.#workerLoad?.catch(() => null); // a copy that failed to load has nothing to close
    await this.#workerBatcher?.close();
  }

  /** A request waits no longer than its deadline lets it; the load goes on for the others. */
  async #untilWorkerIsLoaded(rows: number, deadline: Deadline): Promise<Batcher> {
    deadline.throwIfOver(performance.now());
    if (this.#closing !== null) throw new GatewayError('INFERENCE_FAILED', 'the model is closed');
    const ended = Promise.withResolvers<never>();
    deadline.listen(ended.reject);
    this.#waitingRows += rows;
    try {
      return await Promise.race([this.#loadWorker(), ended.promise]);
    } finally {
      this.#waitingRows -= rows;
      deadline.unlisten(ended.reject);
    }
  }

  #loadWorker(): Promise<Batcher> {
    this.#workerLoad ??= this.#startWorker().finally(() => {
      this.#workerLoad = null;
    });
    return this.#workerLoad;
  }

  async #startWorker(): Promise<Batcher> {
    const { engine, graph } = this.#options;
    try {
      const session = await engine.load(graph, 'worker', new AbortController().signal);
      this.#workerBatcher = this.#createWorkerBatcher(session);
      return this.#workerBatcher;
    } catch (error) {
      // The inline copy of the same graph serves, so this is no fault of the version.
      throw new GatewayError('INFERENCE_FAILED', 'the copy of the model for large requests did not load', {
        cause: error,
      });
    }
  }

  #createInlineBatcher(session: Session): Batcher {
    return new Batcher(session, {
      shareBatches: this.#options.shareBatches,
      maxBatchRows: () => this.#budget.maxRows,
      onBatch: (batch) => {
        this.#budget.observe(batch.rows, batch.inferMs);
        this.#options.onBatch(batch);
      },
    });
  }

  #createWorkerBatcher(session: Session): Batcher {
    return new Batcher(session, {
      shareBatches: this.#options.shareBatches,
      maxBatchRows: () => WORKER_BATCH_ROWS,
      onBatch: this.#options.onBatch,
    });
  }
}
