import { describe, expect, it } from 'vitest';
import { numbersOf } from '../../../../src/formats/fitted/values/array-elements.ts';
import type { NdArray } from '../../../../src/formats/fitted/values/nd-array.ts';

function int64s(values: readonly bigint[], littleEndian: boolean): NdArray {
  const bytes = new Uint8Array(values.length * 8);
  const view = new DataView(bytes.buffer);
  for (const [at, value] of values.entries()) view.setBigInt64(at * 8, value, littleEndian);
  const dtype = { letter: 'i', itemBytes: 8, littleEndian } as const;
  return { kind: 'array', dtype, shape: [values.length], bytes, isFortran: false };
}

describe('numbersOf int64', () => {
  const LARGEST = 2n ** 53n - 1n;

  it.each([true, false])('is exact as far as a double is, little-endian %s', (littleEndian) => {
    const values = [0n, -1n, 1n, 2n ** 31n, -(2n ** 31n), 2n ** 32n - 1n, -(2n ** 32n), LARGEST, -LARGEST];
    expect([...numbersOf(int64s(values, littleEndian))]).toEqual(values.map(Number));
  });

  it.each([true, false])('refuses what a double cannot hold, little-endian %s', (littleEndian) => {
    for (const value of [LARGEST + 1n, -LARGEST - 1n, 2n ** 63n - 1n, -(2n ** 63n)]) {
      expect(() => numbersOf(int64s([value], littleEndian))).toThrow(
        `the integer ${value} is too large for a double`,
      );
    }
  });
});
