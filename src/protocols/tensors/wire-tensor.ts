/** Where the elements of a tensor are, in the request. */
export type WireValues =
  /** A list as `parseExactJson` gives it: flat, or nested by the shape. */
  | { readonly kind: 'json'; readonly data: unknown }
  /** Row-major and little-endian; of BYTES each element has its length before it, in four bytes. */
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  /** One for each element, row-major; 64-bit integers may be bigints, text is decoded. */
  | { readonly kind: 'values'; readonly values: ArrayLike<number | bigint | boolean | string> };

/** A named tensor as the Open Inference Protocol has it, whichever way it came in. */
export interface WireTensor {
  readonly name: string;
  readonly datatype: string;
  /** Integers of at least 0. */
  readonly shape: readonly number[];
  /** Where it stands in the request, for messages: a JSON pointer like `/inputs/0`. */
  readonly pointer: string;
  readonly values: WireValues;
}
