import { Batch } from './batch.ts';
import type { PendingRequest } from './pending-request.ts';
import { canShareBatch } from './tensor-rows.ts';

/** The requests of one graph that have rows without a batch, in the order in which they came. */
export class RequestQueue {
  readonly #shareBatches: boolean;
  /** From `#head` on. Requests that were answered without running are dropped when a batch is formed. */
  #requests: PendingRequest[] = [];
  #head = 0;
  #rows = 0;
  #count = 0;

  /** @param shareBatches as `BatcherOptions.shareBatches`. */
  constructor(shareBatches: boolean) {
    this.#shareBatches = shareBatches;
  }

  /** Rows that wait. */
  get rows(): number {
    return this.#rows;
  }

  /** Requests that have rows which wait. */
  get count(): number {
    return this.#count;
  }

  push(request: PendingRequest): void {
    this.#requests.push(request);
    this.#rows += request.rows;
    this.#count++;
  }

  /** `rows` rows of one request are not going to run. */
  forget(rows: number): void {
    this.#rows -= rows;
    if (rows > 0) this.#count--;
  }

  /** The oldest requests that can run together; `null` if none is left. */
  takeBatch(now: number, maxRows: number): Batch | null {
    let batch: Batch | null = null;
    while (this.#head < this.#requests.length) {
      const request = this.#requests[this.#head]!;
      if (request.isOver(now)) {
        this.#head++;
        continue;
      }
      const rows = this.#fittingRows(request, batch, maxRows);
      if (rows === 0) break;
      batch ??= new Batch();
      batch.add(request, rows);
      this.#head++;
      this.#rows -= rows;
      // What is left of a large request waits behind the others.
      if (request.waitingRows > 0) this.#requests.push(request);
      else this.#count--;
    }
    this.#trim();
    return batch;
  }

  /** How many rows of `request` can be added to `batch`. */
  #fittingRows(request: PendingRequest, batch: Batch | null, maxRows: number): number {
    const { waitingRows } = request;
    if (!this.#shareBatches) return batch === null ? waitingRows : 0;
    const room = maxRows - (batch?.rows ?? 0);
    const isTorn = request.rows > maxRows || waitingRows < request.rows;
    if (room <= 0 || (waitingRows > room && !isTorn)) return 0;
    if (batch !== null && !canShareBatch(batch.first!.inputs, request.inputs)) return 0;
    return Math.min(waitingRows, room);
  }

  #trim(): void {
    if (this.#head === this.#requests.length) this.#requests = [];
    else if (this.#head > this.#requests.length / 2) this.#requests = this.#requests.slice(this.#head);
    else return;
    this.#head = 0;
  }
}
