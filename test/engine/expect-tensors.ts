import { expect } from 'vitest';
import type { Tensor } from '../../src/model/tensor.ts';

/** Absolute tolerance of floating elements, scaled by max(1, |expected|). */
const TOLERANCE = 1e-6;

/** Same number of tensors, same types and shapes, floating elements within the tolerance, others equal. */
export function expectTensors(actual: readonly Tensor[], expected: readonly Tensor[]): void {
  expect(actual.map(({ type, dims }) => ({ type, dims: [...dims] }))).toEqual(
    expected.map(({ type, dims }) => ({ type, dims: [...dims] })),
  );
  for (const [index, tensor] of expected.entries()) {
    const data = actual[index]?.data;
    expect(data?.constructor).toBe(tensor.data.constructor);
    for (const [at, value] of Array.from<number | bigint | string>(tensor.data).entries()) {
      const got = data?.[at];
      const isFloating = typeof value === 'number' && tensor.type.startsWith('float');
      if (isFloating && tensor.type !== 'float16') {
        expect(Math.abs(Number(got) - value)).toBeLessThanOrEqual(TOLERANCE * Math.max(1, Math.abs(value)));
      } else expect(got).toBe(value);
    }
  }
}
