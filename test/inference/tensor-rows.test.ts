import { describe, expect, it } from 'vitest';
import { canShareBatch, sliceRows } from '../../src/inference/tensor-rows.ts';
import { allocateTensorData, elementCount, type Tensor, type TensorType } from '../../src/model/tensor.ts';
import { rowsOf } from './vectors.ts';

describe('sliceRows', () => {
  it('passes all rows on as they are', () => {
    const only = rowsOf(1, 2);
    expect(sliceRows(only, 0, 2, 2)).toBe(only);
  });

  it('gives views, not copies', () => {
    const [all] = rowsOf(1, 2, 3);
    const [middle] = sliceRows([all!], 1, 1, 3);
    expect(middle).toEqual(rowsOf(2)[0]);
    expect((middle!.data as Float32Array).buffer).toBe((all!.data as Float32Array).buffer);
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
