import type { Tensor } from '../model/tensor.ts';
import type { BatchBuffers } from './batch-buffers.ts';
import type { PendingRequest } from './pending-request.ts';
import { copyInto, sliceRows, withRows } from './tensor-rows.ts';

/** Rows of several requests that run together, in the order in which they were taken. */
export class Batch {
  readonly #requests: PendingRequest[] = [];
  /** Of each request: the first of its rows that are in this batch, and how many there are. */
  readonly #starts: number[] = [];
  readonly #counts: number[] = [];
  #rows = 0;

  get rows(): number {
    return this.#rows;
  }

  /** The oldest request; all others can share a batch with it. */
  get first(): PendingRequest | null {
    return this.#requests[0] ?? null;
  }

  /** Takes the next `rows` rows of a request. */
  add(request: PendingRequest, rows: number): void {
    this.#requests.push(request);
    this.#starts.push(request.take(rows));
    this.#counts.push(rows);
    this.#rows += rows;
  }

  /** It begins to run. @returns the tensors to run. */
  start(now: number, buffers: BatchBuffers): readonly Tensor[] {
    for (const request of this.#requests) request.start(now);
    const first = this.#requests[0]!;
    if (this.#requests.length === 1) {
      return sliceRows(first.inputs, this.#starts[0]!, this.#rows, first.rows);
    }
    const tensors: Tensor[] = [];
    for (let input = 0; input < first.inputs.length; input++) tensors.push(this.#stack(input, buffers));
    return tensors;
  }

  /** Hands every request its rows of `outputs`. */
  finish(outputs: readonly Tensor[], now: number): void {
    let start = 0;
    for (let index = 0; index < this.#requests.length; index++) {
      const rows = this.#counts[index]!;
      const own = sliceRows(outputs, start, rows, this.#rows);
      this.#requests[index]!.finish(own, this.#starts[index]!, rows, now);
      start += rows;
    }
  }

  /** Fails every request that is not settled yet. @returns of each of these, how many rows are in no batch. */
  fail(error: unknown): readonly number[] {
    return this.#requests.filter((request) => request.fail(error)).map((request) => request.waitingRows);
  }

  #stack(input: number, buffers: BatchBuffers): Tensor {
    const { type, dims, data } = this.first!.inputs[input]!;
    const width = data.length / this.first!.rows;
    const stacked = buffers.take(input, type, width * this.#rows);
    let offset = 0;
    for (let index = 0; index < this.#requests.length; index++) {
      const request = this.#requests[index]!;
      const own = request.inputs[input]!.data;
      const rows = this.#counts[index]!;
      const from = this.#starts[index]! * width;
      const part = rows === request.rows ? own : own.slice(from, from + rows * width);
      offset = copyInto(stacked, offset, part);
    }
    return { type, dims: withRows(dims, this.#rows), data: stacked };
  }
}
