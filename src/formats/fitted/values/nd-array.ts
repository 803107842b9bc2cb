import type { StoredValue } from './stored-value.ts';

/** numpy's letter and the bytes of one element; `U` is text of 32-bit code points, `S` and `V` are bytes. */
export interface PlainDtype {
  readonly letter: 'b' | 'i' | 'u' | 'f' | 'U' | 'S' | 'V';
  readonly itemBytes: number;
  readonly littleEndian: boolean;
}

/** A field of a structured element. */
export interface DtypeField {
  readonly name: string;
  readonly dtype: PlainDtype;
  /** Where it begins in an element, in bytes. */
  readonly offset: number;
}

/** A structured element (numpy's records): padding has no field. */
export interface RecordDtype {
  readonly letter: 'record';
  readonly itemBytes: number;
  readonly fields: readonly DtypeField[];
}

/** A numpy array as it lies in the file. Readers have checked that `bytes` is as long as shape and dtype say. */
export interface NdArray {
  readonly kind: 'array';
  dtype: PlainDtype | RecordDtype;
  /** `[]` for a scalar. */
  shape: readonly number[];
  /** Elements in row-major order, or in column-major order if `isFortran`. */
  bytes: Uint8Array;
  isFortran: boolean;
}

/** A numpy array of Python objects, in row-major order. */
export interface ObjectArray {
  readonly kind: 'object-array';
  shape: readonly number[];
  items: readonly StoredValue[];
}

const EMPTY_DTYPE: PlainDtype = { letter: 'f', itemBytes: 8, littleEndian: true };

/** An array of no elements, which a reader fills in place. */
export function emptyArray(): NdArray {
  return { kind: 'array', dtype: EMPTY_DTYPE, shape: [0], bytes: new Uint8Array(0), isFortran: false };
}

export function elementsIn(shape: readonly number[]): number {
  return shape.reduce((product, dim) => product * dim, 1);
}
