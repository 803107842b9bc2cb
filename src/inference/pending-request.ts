import { GatewayError } from '../errors.ts';
import { allocateTensorData, elementCount, type Tensor } from '../model/tensor.ts';
import type { Deadline } from './deadline.ts';
import type { InferenceResult } from './inference.ts';
import { copyInto } from './tensor-rows.ts';

export interface PendingRequestParts {
  readonly inputs: readonly Tensor[];
  readonly rows: number;
  readonly deadline: Deadline;
  /** On the clock of `performance.now()`. */
  readonly enqueuedAt: number;
  /** How long it was expected to wait, in milliseconds. */
  readonly expectedWaitMs: number;
  readonly resolve: (result: InferenceResult) => void;
  readonly reject: (error: unknown) => void;
  /** Told when its deadline ends before it is answered. */
  readonly onEnd: (request: PendingRequest) => void;
}

/**
 * One request in the queue of its model: which of its rows have been taken into batches, and what they gave. Settled
 * once: with all of its rows in their order, with the error of the first part that failed, or by its deadline.
 */
export class PendingRequest {
  readonly inputs: readonly Tensor[];
  readonly rows: number;
  readonly deadline: Deadline;
  readonly enqueuedAt: number;
  readonly expectedWaitMs: number;
  readonly #resolve: (result: InferenceResult) => void;
  readonly #reject: (error: unknown) => void;
  readonly #endListener: (reason: GatewayError) => void;
  #takenRows = 0;
  #doneRows = 0;
  #startedAt = 0;
  #isSettled = false;
  /** Of a request that was split: all rows, filled part by part. */
  #joined: readonly Tensor[] | null = null;

  constructor(parts: PendingRequestParts) {
    this.inputs = parts.inputs;
    this.rows = parts.rows;
    this.deadline = parts.deadline;
    this.enqueuedAt = parts.enqueuedAt;
    this.expectedWaitMs = parts.expectedWaitMs;
    this.#resolve = parts.resolve;
    this.#reject = parts.reject;
    this.#endListener = (reason) => {
      if (this.#isSettled) return;
      this.#isSettled = true;
      parts.onEnd(this);
      this.#reject(reason);
    };
    this.deadline.listen(this.#endListener);
  }

  get isSettled(): boolean {
    return this.#isSettled;
  }

  /** Rows that are in no batch yet. */
  get waitingRows(): number {
    return this.rows - this.#takenRows;
  }

  /** Takes the next `rows` rows into a batch. @returns the first of them. */
  take(rows: number): number {
    const from = this.#takenRows;
    this.#takenRows += rows;
    return from;
  }

  /** Its batch begins to run. */
  start(now: number): void {
    if (this.#doneRows === 0 && this.#startedAt === 0) this.#startedAt = now;
  }

  /** @param outputs those of the rows from `from` on, `rows` of them, which ended at `now`. */
  finish(outputs: readonly Tensor[], from: number, rows: number, now: number): void {
    if (this.#isSettled) return;
    this.#doneRows += rows;
    if (rows < this.rows) this.#join(outputs, from, rows);
    if (this.#doneRows < this.rows) return;
    this.#settle();
    const timings = { queueMs: this.#startedAt - this.enqueuedAt, inferMs: now - this.#startedAt };
    this.#resolve({ outputs: this.#joined ?? outputs, timings });
  }

  /** @returns whether this is what settled it. */
  fail(error: unknown): boolean {
    if (this.#isSettled) return false;
    this.#settle();
    this.#reject(error);
    return true;
  }

  #settle(): void {
    this.#isSettled = true;
    this.deadline.unlisten(this.#endListener);
  }

  #join(outputs: readonly Tensor[], from: number, rows: number): void {
    this.#joined ??= outputs.map((output) => {
      const dims = [this.rows, ...output.dims.slice(1)];
      return { type: output.type, dims, data: allocateTensorData(output.type, elementCount(dims)) };
    });
    this.#joined.forEach((whole, index) => {
      const { data } = outputs[index]!;
      const width = whole.data.length / this.rows;
      if (data.length !== rows * width) {
        throw new GatewayError('INFERENCE_FAILED', 'the parts of an output have different shapes');
      }
      copyInto(whole.data, from * width, data);
    });
  }
}
