import { GatewayError } from '../errors.ts';
import { allocateTensorData, elementCount, type Tensor, type TensorData } from '../model/tensor.ts';

/** Whether the rows of both can stand in one tensor, input by input: equal types, equal dimensions after the first. */
export function canShareBatch(left: readonly Tensor[], right: readonly Tensor[]): boolean {
  if (left.length !== right.length) return false;
  for (let index = 0; index < left.length; index++) {
    const tensor = left[index]!;
    const other = right[index]!;
    const axes = tensor.dims.length;
    if (axes === 0 || tensor.type !== other.type || axes !== other.dims.length) return false;
    for (let axis = 1; axis < axes; axis++) {
      if (tensor.dims[axis] !== other.dims[axis]) return false;
    }
  }
  return true;
}

/** Writes `source` into `target` from `offset` on. @returns the offset after it. */
export function copyInto(target: TensorData, offset: number, source: TensorData): number {
  if (Array.isArray(target)) {
    for (let index = 0; index < source.length; index++) target[offset + index] = source[index] as string;
  } else {
    (target as Float64Array).set(source as Float64Array, offset);
  }
  return offset + source.length;
}

/**
 * The rows `[start, start + rows)` of each tensor, as views on the same buffers.
 *
 * @param total rows of the batch.
 * @throws GatewayError INFERENCE_FAILED if an output does not have one entry for each row.
 */
export function sliceRows(
  tensors: readonly Tensor[],
  start: number,
  rows: number,
  total: number,
): readonly Tensor[] {
  if (rows === total) return tensors;
  const slices: Tensor[] = [];
  for (const tensor of tensors) {
    if (tensor.dims[0] !== total) {
      throw new GatewayError('INFERENCE_FAILED', 'an output does not have one entry for each row');
    }
    const width = tensor.data.length / total;
    const from = start * width;
    const to = from + rows * width;
    const data = Array.isArray(tensor.data) ? tensor.data.slice(from, to) : tensor.data.subarray(from, to);
    slices.push({ type: tensor.type, dims: withRows(tensor.dims, rows), data });
  }
  return slices;
}

/** `dims` with another first dimension. */
export function withRows(dims: readonly number[], rows: number): readonly number[] {
  const changed = dims.slice();
  changed[0] = rows;
  return changed;
}

/** A row of zeros, or of empty texts, of the same type and width. */
export function oneEmptyRow({ type, dims }: Tensor): Tensor {
  const one = withRows(dims, 1);
  return { type, dims: one, data: allocateTensorData(type, elementCount(one)) };
}

/** The same without its rows. */
export function withoutRows({ type, dims }: Tensor): Tensor {
  return { type, dims: withRows(dims, 0), data: allocateTensorData(type, 0) };
}
