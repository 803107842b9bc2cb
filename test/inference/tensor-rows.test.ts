import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canShareBatch, concatenateRows, sliceRows } from '../../src/inference/tensor-rows.ts';
import { allocateTensorData, elementCount, type Tensor, type TensorType } from '../../src/model/tensor.ts';
import { rowsOf } from './vectors.ts';

const ELEMENTS: Readonly<Record<TensorType, fc.Arbitrary<number | bigint | string>>> = {
  float32: fc.float(),
  float64: fc.double(),
  float16: fc.integer({ min: 0, max: 0xffff }),
  int8: fc.integer({ min: -128, max: 127 }),
  int16: fc.integer({ min: -32_768, max: 32_767 }),
  int32: fc.integer(),
  int64: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  uint8: fc.integer({ min: 0, max: 255 }),
  uint16: fc.integer({ min: 0, max: 0xffff }),
  uint32: fc.integer({ min: 0, max: 0xffff_ffff }),
  uint64: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  bool: fc.integer({ min: 0, max: 1 }),
  string: fc.string({ unit: 'grapheme' }),
};
const TYPES = Object.keys(ELEMENTS) as TensorType[];

function tensor(type: TensorType, dims: readonly number[]): fc.Arbitrary<Tensor> {
  const length = elementCount(dims);
  return fc.array(ELEMENTS[type], { minLength: length, maxLength: length }).map((elements) => {
    const data = allocateTensorData(type, length);
    for (const [index, element] of elements.entries()) data[index] = element as never;
    return { type, dims, data };
  });
}

const inputs = fc.array(
  fc.record({
    type: fc.constantFrom(...TYPES),
    rest: fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 2 }),
  }),
  { minLength: 1, maxLength: 3 },
);
/** Requests of 0 to 3 rows for one graph. */
const requests = fc
  .tuple(inputs, fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 4 }))
  .chain(([specs, counts]) =>
    fc.tuple(
      ...counts.map((rows) => fc.tuple(...specs.map(({ type, rest }) => tensor(type, [rows, ...rest])))),
    ),
  );

describe('concatenateRows and sliceRows', () => {
  it('give every request back what it brought, for all tensor types', () => {
    fc.assert(
      fc.property(requests, (parts) => {
        const counts = parts.map((part) => part[0]!.dims[0]!);
        const total = counts.reduce((sum, rows) => sum + rows, 0);
        const whole = concatenateRows(parts, total);
        for (const { dims, data } of whole) {
          expect(dims[0]).toBe(total);
          expect(data).toHaveLength(elementCount(dims));
        }
        let start = 0;
        for (const [index, rows] of counts.entries()) {
          expect(sliceRows(whole, start, rows, total)).toEqual(parts[index]);
          start += rows;
        }
      }),
    );
  });

  it('passes a single request on as it is', () => {
    const only = rowsOf(1, 2);
    expect(concatenateRows([only], 2)).toBe(only);
    expect(sliceRows(only, 0, 2, 2)).toBe(only);
  });

  it('refuses an output that does not have one entry for each row', () => {
    const mean: Tensor = { type: 'float32', dims: [1], data: Float32Array.of(1.5) };
    expect(() => sliceRows([mean], 0, 1, 2)).toThrow(expect.objectContaining({ code: 'INFERENCE_FAILED' }));
  });
});

describe('canShareBatch', () => {
  const of = (type: TensorType, ...dims: number[]): Tensor => ({
    type,
    dims,
    data: allocateTensorData(type, elementCount(dims)),
  });

  it.each([
    [true, 'other row counts', [of('float32', 1, 4)], [of('float32', 7, 4)]],
    [false, 'other widths', [of('float32', 1, 4)], [of('float32', 1, 5)]],
    [false, 'other ranks', [of('float32', 1, 4)], [of('float32', 1)]],
    [false, 'other types', [of('float32', 1, 4)], [of('float64', 1, 4)]],
    [false, 'other numbers of inputs', [of('int64', 1), of('int64', 1)], [of('int64', 1)]],
    [
      false,
      'a difference in a later input',
      [of('int64', 1), of('int64', 1, 2)],
      [of('int64', 1), of('int64', 1, 3)],
    ],
    [
      false,
      'scalars, which have no rows',
      [of('float32', 1, 4), of('int64')],
      [of('float32', 1, 4), of('int64')],
    ],
  ])('says %s for %s', (expected, _what, left, right) => {
    expect(canShareBatch(left, right)).toBe(expected);
  });
});
