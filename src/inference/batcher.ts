import type { Session } from '../engine/engine.ts';
import { type GatewayError, toGatewayError } from '../errors.ts';
import type { Tensor } from '../model/tensor.ts';
import type { Deadline } from './deadline.ts';
import type { BatchObservation, Inference, InferenceResult } from './inference.ts';
import { canShareBatch, concatenateRows, sliceRows } from './tensor-rows.ts';

export interface BatcherOptions {
  /** The most rows of one run that several requests share; one larger request still runs, alone. */
  readonly maxBatchRows: () => number;
  /** False: each request is a run of its own (models whose answers must not depend on their neighbours, fixed row counts). */
  readonly shareBatches: boolean;
  readonly onBatch: (batch: BatchObservation) => void;
}

interface Entry {
  readonly inputs: readonly Tensor[];
  readonly rows: number;
  readonly deadline: Deadline;
  readonly enqueuedAt: number;
  readonly resolve: (result: InferenceResult) => void;
  readonly reject: (error: unknown) => void;
  readonly onEnd: (reason: GatewayError) => void;
}

/**
 * Event-loop tick batching over one session: what arrives in one turn of the event loop runs together, without a
 * timer; while a run is out, the next batch grows. An idle server adds no wait, a busy one batches by itself.
 *
 * Invariant: at most one run is out at a time, and entries start in the order in which they came.
 */
export class Batcher implements Inference {
  readonly #session: Session;
  readonly #options: BatcherOptions;
  #queue: Entry[] = [];
  #queuedRows = 0;
  #isScheduled = false;
  /** The batch that is out; empty: none is. */
  #running: readonly Entry[] = [];

  /** The batcher closes `session`. */
  constructor(session: Session, options: BatcherOptions) {
    this.#session = session;
    this.#options = options;
  }

  get queuedRows(): number {
    return this.#queuedRows;
  }

  infer(inputs: readonly Tensor[], rows: number, deadline: Deadline): Promise<InferenceResult> {
    return new Promise((resolve, reject) => {
      const enqueuedAt = performance.now();
      if (deadline.isOver(enqueuedAt)) {
        reject(deadline.reason);
        return;
      }
      const onEnd = (reason: GatewayError) => {
        if (!this.#running.includes(entry)) this.#queuedRows -= rows;
        reject(reason);
      };
      const entry: Entry = { inputs, rows, deadline, enqueuedAt, resolve, reject, onEnd };
      deadline.listen(onEnd);
      this.#queue.push(entry);
      this.#queuedRows += rows;
      this.#schedule();
    });
  }

  async close(): Promise<void> {
    await this.#session.close();
  }

  #schedule(): void {
    if (this.#isScheduled || this.#running.length > 0 || this.#queue.length === 0) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      const batch = this.#takeBatch();
      if (batch.length > 0)
        void this.#run(batch); // #run settles every entry and never rejects
      else this.#schedule();
    });
  }

  /** The oldest entries that can run together. Entries whose deadline has ended have been answered and are dropped. */
  #takeBatch(): Entry[] {
    const batch: Entry[] = [];
    const maxRows = this.#options.maxBatchRows();
    const now = performance.now();
    let rows = 0;
    let taken = 0;
    for (const entry of this.#queue) {
      const [first] = batch;
      const fits =
        first === undefined ||
        entry.deadline.isOver(now) ||
        (this.#options.shareBatches &&
          rows + entry.rows <= maxRows &&
          canShareBatch(first.inputs, entry.inputs));
      if (!fits) break;
      taken++;
      if (entry.deadline.isOver(now)) continue;
      this.#queuedRows -= entry.rows;
      batch.push(entry);
      rows += entry.rows;
    }
    this.#queue = taken === this.#queue.length ? [] : this.#queue.slice(taken);
    return batch;
  }

  async #run(batch: readonly Entry[]): Promise<void> {
    this.#running = batch;
    const startedAt = performance.now();
    try {
      let rows = 0;
      for (const entry of batch) rows += entry.rows;
      const inputs = concatenateRows(
        batch.map((entry) => entry.inputs),
        rows,
      );
      const outputs = await this.#session.run(inputs);
      const inferMs = performance.now() - startedAt;
      this.#options.onBatch({ rows, inferMs });
      let start = 0;
      for (const entry of batch) {
        const own = sliceRows(outputs, start, entry.rows, rows);
        start += entry.rows;
        entry.resolve({ outputs: own, timings: { queueMs: startedAt - entry.enqueuedAt, inferMs } });
      }
    } catch (error) {
      const failure: GatewayError = toGatewayError(error, 'INFERENCE_FAILED', 'the run of the model failed');
      for (const entry of batch) entry.reject(failure);
    } finally {
      for (const entry of batch) entry.deadline.unlisten(entry.onEnd);
      this.#running = [];
      this.#schedule();
    }
  }
}
