import type { Engine, Placement, Session } from '../engine/engine.ts';
import { GatewayError } from '../errors.ts';
import type { Graph } from '../model/graph.ts';
import type { Tensor } from '../model/tensor.ts';
import { inlineBatchRows } from './batch-cap.ts';
import { Batcher } from './batcher.ts';
import { CostModel, costOf } from './cost-model.ts';
import type { Deadline } from './deadline.ts';
import type {
  BatchObservation,
  Inference,
  InferenceResult,
  InferenceStatus,
  RunFigures,
} from './inference.ts';
import { measureCost, type SampleRows } from './measure-cost.ts';
import { PlacementReview } from './placement-review.ts';
import { WorkerCopies } from './worker-copies.ts';

export interface PlacedInferenceOptions {
  readonly engine: Engine;
  readonly graph: Graph;
  readonly placement: Placement;
  /** Whether it may be placed anew when its cost drifts; only where the event loop can bear its load. */
  readonly mayMove: boolean;
  /** Measured cost of one row, in milliseconds; counts until it is measured where it runs. */
  readonly oneRowMs: number;
  /** To warm it up and measure it with; `null`: there are none. */
  readonly sample: SampleRows | null;
  readonly shareBatches: boolean;
  /** Takes the memory of one more copy. @returns gives it back; `null`: there is not enough. */
  readonly reserve: () => (() => void) | null;
  readonly onBatch: (batch: BatchObservation) => void;
}

interface InlineCopy {
  readonly session: Session;
  readonly batcher: Batcher;
}

/**
 * One graph where its cost says it belongs: small batches of a cheap graph inline, everything else on worker threads.
 * The worker's copy of an inline graph is loaded when a request needs it. When the measured cost drifts, the graph
 * moves; requests do not notice.
 */
export class PlacedInference implements Inference {
  readonly #options: PlacedInferenceOptions;
  /** Of the run itself, which is the same on every thread; so each place learns from the others. */
  readonly #cost: CostModel;
  #review: PlacementReview;
  #placement: Placement;
  #moved: string | null = null;
  #moving: Promise<void> | null = null;
  #inline: InlineCopy | null = null;
  #releaseInline = () => {};
  readonly #worker: WorkerCopies;
  /** Rows of requests that wait for the worker's copy. */
  #waitingRows = 0;
  #closing: Promise<void> | null = null;

  private constructor(options: PlacedInferenceOptions, session: Session, cost: CostModel) {
    const { engine, graph, shareBatches, reserve } = options;
    this.#options = options;
    this.#cost = cost;
    this.#placement = session.placement;
    this.#review = new PlacementReview(session.placement);
    const leastCopies = session.placement === 'inline' ? 0 : 1;
    const onBatch = (batch: BatchObservation) => this.#observe('worker', batch);
    this.#worker = new WorkerCopies({ engine, graph, cost, shareBatches, leastCopies, reserve, onBatch });
    if (session.placement === 'inline') this.#inline = this.#createInline(session);
    else this.#worker.adopt(session);
  }

  /**
   * Loads the graph, warms it up and measures it.
   *
   * @throws GatewayError INVALID_MODEL if the engine refuses the graph, INFERENCE_FAILED if its first runs fail.
   */
  static async load(options: PlacedInferenceOptions, signal: AbortSignal): Promise<PlacedInference> {
    const { engine, graph, placement, oneRowMs, sample } = options;
    const session = await engine.load(graph, placement, signal);
    try {
      const cost =
        sample === null
          ? costOf(oneRowMs, 1, oneRowMs)
          : await measureCost(session, { sample, oneRowMs }, signal);
      return new PlacedInference(options, session, new CostModel(cost));
    } catch (error) {
      await session.close();
      throw error;
    }
  }

  get queuedRows(): number {
    return (this.#inline?.batcher.queuedRows ?? 0) + this.#worker.batcher.queuedRows + this.#waitingRows;
  }

  /** The most rows that run inline at this moment; 0 if none do. */
  get maxInlineRows(): number {
    return this.#placement === 'worker' ? 0 : (this.#inline?.batcher.maxBatchRows ?? 0);
  }

  get status(): InferenceStatus {
    const { shareBatches, engine } = this.#options;
    const worker = this.#worker.isLoaded ? this.#worker : null;
    return {
      placement: this.#placement,
      moved: this.#moved,
      inline: this.#inline && figuresOf(this.#inline.batcher, this.#cost, shareBatches),
      worker: worker && figuresOf(worker.batcher, this.#cost, shareBatches),
      threads: engine.threads,
    };
  }

  admit(rows: number, deadline: Deadline): void {
    this.#batcherFor(rows).admit(rows, deadline, performance.now());
  }

  infer(inputs: readonly Tensor[], rows: number, deadline: Deadline): Promise<InferenceResult> {
    const batcher = this.#batcherFor(rows);
    if (batcher.sessionCount > 0) return batcher.infer(inputs, rows, deadline);
    return this.#inferOnCopy(inputs, rows, deadline);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#moving;
    await Promise.all([this.#inline?.session.close(), this.#worker.close()]);
    this.#releaseInline();
  }

  #batcherFor(rows: number): Batcher {
    const inline = this.#placement === 'inline' ? this.#inline : null;
    if (inline !== null && rows <= inline.batcher.maxBatchRows) return inline.batcher;
    return this.#worker.batcher;
  }

  /** A request that is too large for the event loop, while its worker's copy is not there. */
  async #inferOnCopy(inputs: readonly Tensor[], rows: number, deadline: Deadline): Promise<InferenceResult> {
    try {
      await this.#untilLoaded(rows, deadline);
    } catch (error) {
      const canSplit = this.#inline !== null && this.#options.shareBatches && this.#closing === null;
      if (!canSplit || deadline.isOver(performance.now())) throw error;
      // In parts that the event loop can bear, one in a turn.
      return this.#inline!.batcher.infer(inputs, rows, deadline);
    }
    return this.#worker.batcher.infer(inputs, rows, deadline);
  }

  /** A request waits no longer than its deadline lets it; the load goes on for the others. */
  async #untilLoaded(rows: number, deadline: Deadline): Promise<void> {
    deadline.throwIfOver(performance.now());
    const ended = Promise.withResolvers<never>();
    deadline.listen(ended.reject);
    this.#waitingRows += rows;
    try {
      await Promise.race([this.#worker.load(), ended.promise]);
    } finally {
      this.#waitingRows -= rows;
      deadline.unlisten(ended.reject);
    }
  }

  #createInline(session: Session): InlineCopy {
    const cost = this.#cost;
    const batcher = new Batcher({
      cost,
      shareBatches: this.#options.shareBatches,
      maxBatchRows: (budgetMs) => inlineBatchRows(cost, budgetMs),
      onBatch: (batch) => this.#observe('inline', batch),
    });
    batcher.add(session);
    return { session, batcher };
  }

  #observe(placement: Placement, batch: BatchObservation): void {
    this.#options.onBatch(batch);
    const isSettled = this.#moving === null && this.#closing === null;
    if (placement !== this.#placement || !this.#options.mayMove || !isSettled) return;
    const oneRowMs = this.#cost.costMs(1);
    const wanted = this.#review.review(oneRowMs, performance.now());
    if (wanted === placement) return;
    this.#moving = this.#move(wanted, oneRowMs).finally(() => {
      this.#moving = null;
    });
  }

  /** Moves once the graph is loaded there; stays where it is if it cannot be. Never rejects. */
  async #move(placement: Placement, oneRowMs: number): Promise<void> {
    try {
      if (placement === 'inline') await this.#loadInline();
      else if (!this.#worker.isLoaded) await this.#worker.load();
      const where = placement === 'inline' ? 'the event loop' : 'the workers';
      const isBack = placement === this.#options.placement;
      this.#moved = isBack ? null : `moved to ${where}: one row now costs ${oneRowMs.toFixed(3)} ms`;
      this.#placement = placement;
    } catch {
      this.#review = new PlacementReview(this.#placement);
    }
  }

  async #loadInline(): Promise<void> {
    if (this.#inline !== null) return;
    const { engine, graph, reserve } = this.#options;
    const release = reserve();
    if (release === null) throw new GatewayError('MODEL_OVERLOADED', 'there is no memory for an inline copy');
    try {
      const session = await engine.load(graph, 'inline', new AbortController().signal);
      this.#inline = this.#createInline(session);
      this.#releaseInline = release;
    } catch (error) {
      release();
      throw error;
    }
  }
}

function figuresOf(batcher: Batcher, cost: CostModel, shareBatches: boolean): RunFigures {
  return {
    fixedMs: rounded(cost.fixedMs),
    rowMs: rounded(cost.rowMs),
    maxBatchRows: shareBatches ? batcher.maxBatchRows : null,
    queuedRows: batcher.queuedRows,
    expectedWaitMs: rounded(batcher.expectedWaitMs(performance.now())),
    sessions: batcher.sessionCount,
  };
}

/** More digits than these three are noise. */
function rounded(ms: number): number {
  return Number(ms.toPrecision(3));
}
