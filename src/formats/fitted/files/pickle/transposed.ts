import type { ArrayParts } from '../array-dtype.ts';
import { broken } from './pickle-cursor.ts';

/**
 * An array with its axes in another order (numpy's `transpose`), row-major like `parts`, whose bytes are copied.
 *
 * @throws GatewayError INVALID_MODEL if `axes` does not name each axis once.
 */
export function transposed(parts: ArrayParts, axes: readonly unknown[]): ArrayParts {
  const { shape, bytes, dtype } = parts;
  const isOrder = axes.length === shape.length && shape.every((_, axis) => axes.includes(axis));
  if (!isOrder) throw broken('an array has no order of its axes');
  const order = axes as readonly number[];
  const strides = rowMajorStrides(shape, dtype.itemBytes);
  const target = order.map((axis) => shape[axis] as number);
  const steps = order.map((axis) => strides[axis] as number);
  const result = new Uint8Array(bytes.length);
  const index = new Array<number>(target.length).fill(0);
  let from = 0;
  for (let to = 0; to < result.length; to += dtype.itemBytes) {
    for (let byte = 0; byte < dtype.itemBytes; byte += 1) result[to + byte] = bytes[from + byte] as number;
    // To the next element: the last axis first, as an odometer.
    for (let axis = target.length - 1; axis >= 0; axis -= 1) {
      index[axis] = (index[axis] as number) + 1;
      from += steps[axis] as number;
      if ((index[axis] as number) < (target[axis] as number)) break;
      from -= (steps[axis] as number) * (target[axis] as number);
      index[axis] = 0;
    }
  }
  return { ...parts, shape: target, bytes: result };
}

function rowMajorStrides(shape: readonly number[], itemBytes: number): number[] {
  const strides = new Array<number>(shape.length);
  let stride = itemBytes;
  for (let axis = shape.length - 1; axis >= 0; axis -= 1) {
    strides[axis] = stride;
    stride *= shape[axis] as number;
  }
  return strides;
}
