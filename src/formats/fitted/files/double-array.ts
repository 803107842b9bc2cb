import type { NdArray } from '../values/nd-array.ts';

const LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** An array of float64 that refers to the values. */
export function doubleArray(values: Float64Array): NdArray {
  return {
    kind: 'array',
    dtype: { letter: 'f', itemBytes: 8, littleEndian: LITTLE_ENDIAN },
    shape: [values.length],
    bytes: new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
    isFortran: false,
  };
}
