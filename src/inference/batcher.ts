import type { Session } from '../engine/engine.ts';
import { GatewayError, toGatewayError } from '../errors.ts';
import type { Tensor } from '../model/tensor.ts';
import { Batch } from './batch.ts';
import type { CostModel } from './cost-model.ts';
import type { Deadline } from './deadline.ts';
import { DrainRate } from './drain-rate.ts';
import type { BatchObservation, InferenceResult } from './inference.ts';
import { PendingRequest } from './pending-request.ts';
import { BatchBuffers, canShareBatch } from './tensor-rows.ts';

/** Bounds the memory of a queue whatever the costs are; one larger request still runs while nothing waits. */
const MOST_QUEUED_ROWS = 1_000_000;

/**
 * How many times the expected wait has to fit before the deadline. What was let in and then comes too late has cost as
 * much as an answer, and waits have their own ups and downs; so the queue fills to half of the time-out, no more.
 */
const WAIT_MARGIN = 2;

export interface BatcherOptions {
  /** What runs are expected to cost; learns from those that are made. */
  readonly cost: CostModel;
  /** The most rows of one run, which may take `budgetMs` of the event loop; without it, as a rule. */
  readonly maxBatchRows: (budgetMs?: number) => number;
  /** False: each request is a run of its own, whatever its size (answers must not depend on neighbours, fixed rows). */
  readonly shareBatches: boolean;
  readonly onBatch: (batch: BatchObservation) => void;
}

/** One session and what it is doing. */
interface Runner {
  readonly session: Session;
  readonly buffers: BatchBuffers;
  isAsking: boolean;
  inFlight: number;
  /** When its runs are expected to be over. */
  endsAt: number;
  lastUsedAt: number;
}

/**
 * Event-loop tick batching over the sessions of one graph: what arrives in one turn of the event loop runs together,
 * without a timer; while the sessions are busy, the next batch grows. An idle server adds no wait, a busy one batches
 * by itself. A request of more rows than a batch may have runs in parts, between which others have theirs.
 *
 * Invariants: entries start in the order in which they came; an inline session has one run out at a time, one on a
 * worker a second one only while a full batch waits, which could not grow any more.
 */
export class Batcher {
  readonly #options: BatcherOptions;
  readonly #runners: Runner[] = [];
  readonly #drain = new DrainRate();
  /** From `#head` on. Entries that were answered without running are dropped when a batch is formed. */
  #queue: PendingRequest[] = [];
  #head = 0;
  #queuedRows = 0;
  #queuedRequests = 0;

  constructor(options: BatcherOptions) {
    this.#options = options;
  }

  get queuedRows(): number {
    return this.#queuedRows;
  }

  get sessionCount(): number {
    return this.#runners.length;
  }

  /** The most rows of one run at this moment, as a rule. */
  get maxBatchRows(): number {
    return this.#options.maxBatchRows();
  }

  /** Whether a whole batch waits for a session. */
  get hasBacklog(): boolean {
    return this.#queuedRows > 0 && (!this.#options.shareBatches || this.#queuedRows >= this.maxBatchRows);
  }

  /** The batcher uses `session` from here on; whoever gave it closes it. */
  add(session: Session): void {
    const buffers = new BatchBuffers(session.placement === 'inline');
    const lastUsedAt = performance.now();
    this.#runners.push({ session, buffers, isAsking: false, inFlight: 0, endsAt: 0, lastUsedAt });
    this.#ask();
  }

  /** Gives back a session that was not used since `since`, the one added last first; `null` if there is none. */
  removeUnused(since: number): Session | null {
    const index = this.#runners.findLastIndex(
      ({ inFlight, isAsking, lastUsedAt }) => inFlight === 0 && !isAsking && lastUsedAt < since,
    );
    return index < 0 ? null : this.#runners.splice(index, 1)[0]!.session;
  }

  /**
   * How long a request that came now would wait, in milliseconds: by what runs cost and what stands before it, or by how
   * fast the queue is worked off if that is slower.
   */
  expectedWaitMs(now: number): number {
    let outMs = 0;
    for (const { inFlight, endsAt } of this.#runners) if (inFlight > 0) outMs += Math.max(0, endsAt - now);
    const { shareBatches, cost } = this.#options;
    const batches = shareBatches ? Math.ceil(this.#queuedRows / this.maxBatchRows) : this.#queuedRequests;
    const queuedMs = batches * cost.fixedMs + this.#queuedRows * cost.rowMs;
    const byCostMs = (outMs + queuedMs) / Math.max(1, this.#runners.length);
    return Math.max(byCostMs, this.#queuedRows * this.#drain.rowMs);
  }

  /**
   * A cheap look at whether `rows` more can be answered in time. While nothing waits or runs they are always tried, so
   * that a wrong estimate corrects itself.
   *
   * @throws GatewayError MODEL_OVERLOADED that says when the queue which stands now is worked off.
   */
  admit(rows: number, deadline: Deadline, now: number): void {
    if (this.#queuedRows === 0 && !this.#isBusy()) return;
    const waitMs = this.expectedWaitMs(now);
    const isInTime = now + waitMs * WAIT_MARGIN + this.#ownCostMs(rows) <= deadline.at;
    if (isInTime && this.#queuedRows + rows <= MOST_QUEUED_ROWS) return;
    const retryAfterSeconds = Math.max(1, Math.ceil(waitMs / 1000));
    throw new GatewayError('MODEL_OVERLOADED', 'more rows wait for the model than can be answered in time', {
      retryAfterSeconds,
    });
  }

  /** As `Inference.infer`. */
  infer(inputs: readonly Tensor[], rows: number, deadline: Deadline): Promise<InferenceResult> {
    if (rows === 0) return this.#inferNothing(inputs);
    return new Promise((resolve, reject) => {
      const enqueuedAt = performance.now();
      deadline.throwIfOver(enqueuedAt);
      this.admit(rows, deadline, enqueuedAt);
      const onEnd = this.#onEnd;
      this.#queue.push(new PendingRequest({ inputs, rows, deadline, enqueuedAt, resolve, reject, onEnd }));
      this.#queuedRows += rows;
      this.#queuedRequests++;
      this.#ask();
    });
  }

  /** Zero rows have no place in a queue that counts rows; what comes out has its types from the graph. */
  async #inferNothing(inputs: readonly Tensor[]): Promise<InferenceResult> {
    const [runner] = this.#runners;
    if (runner === undefined) throw new GatewayError('INFERENCE_FAILED', 'the model is closed');
    const startedAt = performance.now();
    const outputs = await runner.session.run(inputs);
    return { outputs, timings: { queueMs: 0, inferMs: performance.now() - startedAt } };
  }

  readonly #onEnd = (request: PendingRequest): void => {
    this.#forget(request.waitingRows);
  };

  /** Rows that are not going to run. */
  #forget(rows: number): void {
    this.#queuedRows -= rows;
    if (rows > 0) this.#queuedRequests--;
  }

  #isBusy(): boolean {
    for (const runner of this.#runners) if (runner.inFlight > 0) return true;
    return false;
  }

  #ownCostMs(rows: number): number {
    const { cost, shareBatches } = this.#options;
    return shareBatches
      ? Math.ceil(rows / this.maxBatchRows) * cost.fixedMs + rows * cost.rowMs
      : cost.costMs(rows);
  }

  /** Asks for as many turns as there are batches for: of idle sessions, then of busy ones for whole batches. */
  #ask(): void {
    let rows = this.#queuedRows;
    if (rows === 0) return;
    const batchRows = this.#options.shareBatches ? this.maxBatchRows : 1;
    for (const runner of this.#runners) if (runner.isAsking) rows -= batchRows;
    for (const runner of this.#runners) {
      if (rows <= 0) return;
      if (runner.isAsking || runner.inFlight > 0) continue;
      this.#askFor(runner, batchRows);
      rows -= batchRows;
    }
    for (const runner of this.#runners) {
      if (rows < batchRows) return;
      if (runner.isAsking || runner.inFlight !== 1 || runner.session.placement === 'inline') continue;
      this.#askFor(runner, batchRows);
      rows -= batchRows;
    }
  }

  #askFor(runner: Runner, batchRows: number): void {
    runner.isAsking = true;
    const rows = Math.min(this.#queuedRows, batchRows);
    runner.session.requestTurn(
      (budgetMs) => this.#takeTurn(runner, budgetMs),
      this.#options.cost.costMs(rows),
    );
  }

  #takeTurn(runner: Runner, budgetMs: number): void {
    runner.isAsking = false;
    const now = performance.now();
    const batch = this.#takeBatch(now, this.#options.maxBatchRows(budgetMs));
    if (batch !== null) this.#run(runner, batch, now);
    this.#ask();
  }

  /** The oldest entries that can run together; `null` if none is left. */
  #takeBatch(now: number, maxRows: number): Batch | null {
    let batch: Batch | null = null;
    while (this.#head < this.#queue.length) {
      const request = this.#queue[this.#head]!;
      if (request.isOver(now)) {
        this.#head++;
        continue;
      }
      const rows = this.#fittingRows(request, batch, maxRows);
      if (rows === 0) break;
      batch ??= new Batch();
      batch.add(request, rows);
      this.#head++;
      this.#queuedRows -= rows;
      // What is left of a large request waits behind the others.
      if (request.waitingRows > 0) this.#queue.push(request);
      else this.#queuedRequests--;
    }
    this.#trimQueue();
    return batch;
  }

  /** How many rows of `request` can be added to `batch`. */
  #fittingRows(request: PendingRequest, batch: Batch | null, maxRows: number): number {
    const { waitingRows } = request;
    if (!this.#options.shareBatches) return batch === null ? waitingRows : 0;
    const room = maxRows - (batch?.rows ?? 0);
    const isTorn = request.rows > maxRows || waitingRows < request.rows;
    if (room <= 0 || (waitingRows > room && !isTorn)) return 0;
    if (batch !== null && !canShareBatch(batch.first!.inputs, request.inputs)) return 0;
    return Math.min(waitingRows, room);
  }

  #trimQueue(): void {
    if (this.#head === this.#queue.length) this.#queue = [];
    else if (this.#head > this.#queue.length / 2) this.#queue = this.#queue.slice(this.#head);
    else return;
    this.#head = 0;
  }

  #run(runner: Runner, batch: Batch, now: number): void {
    const { rows } = batch;
    runner.inFlight++;
    runner.endsAt = Math.max(runner.endsAt, now) + this.#options.cost.costMs(rows);
    runner.session.run(batch.start(now, runner.buffers)).then(
      (outputs) => this.#finish(runner, batch, outputs, now),
      (error) => this.#fail(runner, batch, error),
    );
  }

  #finish(runner: Runner, batch: Batch, outputs: readonly Tensor[], startedAt: number): void {
    const now = performance.now();
    const { rows } = batch;
    this.#options.cost.observe(rows, runner.session.lastRunMs);
    this.#end(runner, now);
    this.#drain.observe(rows, now, now - startedAt, this.#queuedRows > 0);
    this.#options.onBatch({ rows, inferMs: now - startedAt });
    try {
      batch.finish(outputs, now);
    } catch (error) {
      this.#failRequests(batch, error);
    }
    this.#ask();
  }

  #fail(runner: Runner, batch: Batch, error: unknown): void {
    this.#end(runner, performance.now());
    this.#failRequests(batch, error);
    this.#ask();
  }

  #end(runner: Runner, now: number): void {
    runner.inFlight--;
    runner.lastUsedAt = now;
    if (runner.inFlight === 0) runner.endsAt = now;
  }

  #failRequests(batch: Batch, error: unknown): void {
    const failure = toGatewayError(error, 'INFERENCE_FAILED', 'the run of the model failed');
    for (const rows of batch.fail(failure)) this.#forget(rows);
  }
}
