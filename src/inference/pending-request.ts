import { getHeapStatistics } from 'node:v8';
import { GatewayError } from '../errors.ts';
import { allocateTensorData, elementCount, type Tensor } from '../model/tensor.ts';
import type { Deadline } from './deadline.ts';
import type { InferenceResult } from './inference.ts';
import { copyInto } from './tensor-rows.ts';

/** What a short text takes of the JavaScript heap with its place in a list, in bytes. */
const TEXT_BYTES = 50;

/** The most texts of one answer: a quarter of the heap. More could end the process, and with it every model. */
const MOST_TEXTS = Math.floor(getHeapStatistics().heap_size_limit / 4 / TEXT_BYTES);

export interface PendingRequestParts {
  readonly inputs: readonly Tensor[];
  readonly rows: number;
  readonly deadline: Deadline;
  /** On the clock of `performance.now()`. */
  readonly enqueuedAt: number;
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
  readonly rows: number;
  readonly enqueuedAt: number;
  /**
   * `null` once it is settled. Measured: while what is over held on to its inputs and its answer, young garbage
   * survived by hanging on old garbage, and the collector took half of the time that a request costs here.
   */
  #parts: PendingRequestParts | null;
  #endListener: ((reason: GatewayError) => void) | null;
  #takenRows = 0;
  #doneRows = 0;
  #startedAt = 0;
  /** Of a request that was split: all rows, filled part by part. */
  #joined: readonly Tensor[] | null = null;

  constructor(parts: PendingRequestParts) {
    this.#parts = parts;
    this.rows = parts.rows;
    this.enqueuedAt = parts.enqueuedAt;
    this.#endListener = (reason) => this.#end(reason);
    parts.deadline.listen(this.#endListener);
  }

  /** None once it is settled. */
  get inputs(): readonly Tensor[] {
    return this.#parts?.inputs ?? [];
  }

  /** Whether it has no more use for a run at `now`. A deadline that has passed is ended by this question. */
  isOver(now: number): boolean {
    return this.#parts === null || this.#parts.deadline.isOver(now);
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
    if (this.#parts === null) return;
    this.#doneRows += rows;
    if (rows < this.rows) this.#join(outputs, from, rows);
    if (this.#doneRows < this.rows) return;
    const timings = { queueMs: this.#startedAt - this.enqueuedAt, inferMs: now - this.#startedAt };
    this.#settle()?.resolve({ outputs: this.#joined ?? outputs, timings });
  }

  /** @returns whether this is what settled it. */
  fail(error: unknown): boolean {
    const parts = this.#settle();
    parts?.reject(error);
    return parts !== null;
  }

  #end(reason: GatewayError): void {
    const parts = this.#settle();
    if (parts === null) return;
    parts.onEnd(this);
    parts.reject(reason);
  }

  /** @returns what it was made of, the first time. */
  #settle(): PendingRequestParts | null {
    const parts = this.#parts;
    if (parts === null || this.#endListener === null) return null;
    parts.deadline.unlisten(this.#endListener);
    this.#parts = null;
    this.#endListener = null;
    return parts;
  }

  #join(outputs: readonly Tensor[], from: number, rows: number): void {
    this.#joined ??= outputs.map((output) => {
      const dims = [this.rows, ...output.dims.slice(1)];
      if (output.type === 'string' && elementCount(dims) > MOST_TEXTS) {
        const message = `an answer of ${elementCount(dims)} texts does not fit into memory; send fewer rows`;
        throw new GatewayError('INFERENCE_FAILED', message);
      }
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
