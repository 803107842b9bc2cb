import { GatewayError } from '../../../errors.ts';
import { MAX_HEAP_BYTES } from './bounds.ts';

/** Estimated bytes of V8's heap (measured roughly, rounded up). */
export const HEAP_COST = {
  /** A place in a list or on a stack, which grow by half when they are full: old and new are there at once. */
  slot: 24,
  /** A place in a map: key, value, chain and the buckets' share. */
  entry: 48,
  /** An object that wraps a list, with its empty list. */
  list: 80,
  /** An object that wraps a map, with its empty map. */
  map: 240,
  /** An array with its shape, bytes and dtype. */
  array: 320,
  /** A text or number that is no small integer, without the characters. */
  scalar: 32,
} as const;

/** Counts what reading a file takes of the heap, and refuses the file when it is more than any model takes. */
export class HeapBudget {
  #left = MAX_HEAP_BYTES;

  /**
   * To be called before the bytes are taken. What is dropped again is not given back, so that this bounds work, too.
   *
   * @throws GatewayError INVALID_MODEL.
   */
  take(bytes: number): void {
    this.#left -= bytes;
    if (this.#left >= 0) return;
    throw new GatewayError(
      'INVALID_MODEL',
      `the model file unfolds into more than ${MAX_HEAP_BYTES / 2 ** 20} MiB of values`,
    );
  }
}
