import type { Session } from '../engine/engine.ts';
import { GatewayError, toGatewayError } from '../errors.ts';
import type { Tensor } from '../model/tensor.ts';
import type { Batch } from './batch.ts';
import { BatchBuffers } from './batch-buffers.ts';
import type { CostModel } from './cost-model.ts';
import type { Deadline } from './deadline.ts';
import { DrainRate } from './drain-rate.ts';
import type { BatchObservation, InferenceResult } from './inference.ts';
import { PendingRequest } from './pending-request.ts';
import { RequestQueue } from './request-queue.ts';
import { oneEmptyRow, withoutRows } from './tensor-rows.ts';

/** Bounds the memory of a queue whatever the costs are; one larger request still runs while nothing waits. */
const MOST_QUEUED_ROWS = 1_000_000;

/** Less work than this, in milliseconds, is not worth another session. */
const WORTH_SHARING_MS = 5;

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
  readonly #queue: RequestQueue;

  constructor(options: BatcherOptions) {
    this.#options = options;
    this.#queue = new RequestQueue(options.shareBatches);
  }

  get queuedRows(): number {
    return this.#queue.rows;
  }

  get sessionCount(): number {
    return this.#runners.length;
  }

  /** The most rows of one run at this moment, as a rule. */
  get maxBatchRows(): number {
    return this.#options.maxBatchRows();
  }

  /** Whether so much waits that one more session would be of use. */
  get hasBacklog(): boolean {
    const rows = this.#queue.rows;
    if (!this.#options.shareBatches || rows === 0) return rows > 0;
    const isWorthIt = rows >= this.#leastRows() && this.#options.cost.costMs(rows) >= WORTH_SHARING_MS;
    return isWorthIt || rows >= this.maxBatchRows;
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

  /** Gives back a session whose runs can only fail, if another one can run; `null` if there is none. */
  removeBroken(): Session | null {
    const index = this.#runners.findIndex(
      (runner) => runner.inFlight === 0 && !runner.isAsking && !this.#canRun(runner),
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
    const batches = shareBatches ? Math.ceil(this.#queue.rows / this.maxBatchRows) : this.#queue.count;
    const queuedMs = batches * cost.fixedMs + this.#queue.rows * cost.rowMs;
    const byCostMs = (outMs + queuedMs) / Math.max(1, this.#runners.length);
    return Math.max(byCostMs, this.#queue.rows * this.#drain.rowMs);
  }

  /**
   * A cheap look at whether `rows` more can be answered in time. While nothing waits or runs they are always tried, so
   * that a wrong estimate corrects itself.
   *
   * @throws GatewayError MODEL_OVERLOADED that says when the queue which stands now is worked off.
   */
  admit(rows: number, deadline: Deadline, now: number): void {
    if (this.#queue.rows === 0 && !this.#isBusy()) return;
    const waitMs = this.expectedWaitMs(now);
    const isInTime = now + waitMs * WAIT_MARGIN + this.#ownCostMs(rows) <= deadline.at;
    if (isInTime && this.#queue.rows + rows <= MOST_QUEUED_ROWS) return;
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
      this.#ask();
    });
  }

  /**
   * Zero rows have no place in a queue that counts rows, and some graphs cannot run them. What comes out has its types and
   * shapes from a run of one row of zeros.
   */
  async #inferNothing(inputs: readonly Tensor[]): Promise<InferenceResult> {
    const [runner] = this.#runners;
    if (runner === undefined) throw new GatewayError('INFERENCE_FAILED', 'the model is closed');
    const startedAt = performance.now();
    const outputs = (await runner.session.run(inputs.map(oneEmptyRow))).map(withoutRows);
    return { outputs, timings: { queueMs: 0, inferMs: performance.now() - startedAt } };
  }

  readonly #onEnd = (request: PendingRequest): void => {
    this.#queue.forget(request.waitingRows);
  };

  /** A batch of so many rows costs mostly its rows: to cut it smaller for another session would only add to the cost. */
  #leastRows(): number {
    const { cost } = this.#options;
    return Math.min(this.maxBatchRows, Math.max(1, Math.ceil((2 * cost.fixedMs) / cost.rowMs)));
  }

  /** The most rows of a batch on a worker: what waits is shared out among the sessions that are idle. */
  #sharedRows(): number {
    let idle = 0;
    for (const runner of this.#runners) if (runner.inFlight === 0 && this.#canRun(runner)) idle++;
    if (idle < 2) return this.maxBatchRows;
    return Math.min(this.maxBatchRows, Math.max(this.#leastRows(), Math.ceil(this.#queue.rows / idle)));
  }

  /** A broken session gets no batches while there is a healthy one; the last is tried all the same, so that it tells why. */
  #canRun(runner: Runner): boolean {
    return runner.session.isHealthy || !this.#runners.some(({ session }) => session.isHealthy);
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
    let rows = this.#queue.rows;
    if (rows === 0) return;
    const batchRows = this.#options.shareBatches ? this.#sharedRows() : 1;
    for (const runner of this.#runners) if (runner.isAsking) rows -= batchRows;
    for (const runner of this.#runners) {
      if (rows <= 0) return;
      if (runner.isAsking || runner.inFlight > 0 || !this.#canRun(runner)) continue;
      this.#askFor(runner, batchRows);
      rows -= batchRows;
    }
    for (const runner of this.#runners) {
      if (rows < batchRows) return;
      if (runner.isAsking || runner.inFlight !== 1 || runner.session.placement === 'inline') continue;
      if (!this.#canRun(runner)) continue;
      this.#askFor(runner, batchRows);
      rows -= batchRows;
    }
  }

  #askFor(runner: Runner, batchRows: number): void {
    runner.isAsking = true;
    const rows = Math.min(this.#queue.rows, batchRows);
    runner.session.requestTurn(
      (budgetMs) => this.#takeTurn(runner, budgetMs),
      this.#options.cost.costMs(rows),
    );
  }

  #takeTurn(runner: Runner, budgetMs: number): void {
    runner.isAsking = false;
    if (!this.#canRun(runner)) {
      this.#ask();
      return;
    }
    const now = performance.now();
    const isInline = runner.session.placement === 'inline';
    const maxRows = isInline ? this.#options.maxBatchRows(budgetMs) : this.#sharedRows();
    const batch = this.#queue.takeBatch(now, maxRows);
    if (batch !== null) this.#run(runner, batch, now);
    this.#ask();
  }

  #run(runner: Runner, batch: Batch, now: number): void {
    const { rows } = batch;
    runner.inFlight++;
    runner.endsAt = Math.max(runner.endsAt, now) + this.#options.cost.costMs(rows);
    this.#begin(runner, batch, now).then(
      (outputs) => this.#finish(runner, batch, outputs, now),
      (error) => this.#fail(runner, batch, error),
    );
  }

  /** Rejects, too, where the rows find no memory to stand together in. */
  async #begin(runner: Runner, batch: Batch, now: number): Promise<readonly Tensor[]> {
    return runner.session.run(batch.start(now, runner.buffers));
  }

  #finish(runner: Runner, batch: Batch, outputs: readonly Tensor[], startedAt: number): void {
    const now = performance.now();
    const { rows } = batch;
    this.#options.cost.observe(rows, runner.session.lastRunMs);
    this.#end(runner, now);
    this.#drain.observe(rows, now, now - startedAt, this.#queue.rows > 0);
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
    for (const rows of batch.fail(failure)) this.#queue.forget(rows);
  }
}
