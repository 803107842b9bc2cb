import { GatewayError } from '../errors.ts';
import { allocateTensorData, elementCount, type Tensor, type TensorData } from '../model/tensor.ts';

/** Whether the rows of both can stand in one tensor, input by input: equal types, equal dimensions after the first. */
export function canShareBatch(left: readonly Tensor[], right: readonly Tensor[]): boolean {
  if (left.length !== right.length) return false;
  return left.every((tensor, index) => {
    const other = right[index]!;
    const hasRows = tensor.dims.length > 0;
    if (!hasRows || tensor.type !== other.type || tensor.dims.length !== other.dims.length) return false;
    for (let axis = 1; axis < tensor.dims.length; axis++) {
      if (tensor.dims[axis] !== other.dims[axis]) return false;
    }
    return true;
  });
}

/**
 * Stacks the rows of several requests, input by input.
 *
 * @param parts at least one; all of them share a batch (`canShareBatch`).
 */
export function concatenateRows(parts: readonly (readonly Tensor[])[], rows: number): readonly Tensor[] {
  const [first] = parts;
  if (first === undefined) throw new Error('no rows to concatenate; this is a bug');
  if (parts.length === 1) return first;
  return first.map((tensor, input) => {
    const dims = [rows, ...tensor.dims.slice(1)];
    const data = allocateTensorData(tensor.type, elementCount(dims));
    let offset = 0;
    for (const part of parts) offset = copyInto(data, offset, part[input]!.data);
    return { type: tensor.type, dims, data };
  });
}

function copyInto(target: TensorData, offset: number, source: TensorData): number {
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
  return tensors.map((tensor) => {
    if (tensor.dims[0] !== total) {
      throw new GatewayError('INFERENCE_FAILED', 'an output does not have one entry for each row');
    }
    const width = tensor.data.length / total;
    const from = start * width;
    const to = from + rows * width;
    const data = Array.isArray(tensor.data) ? tensor.data.slice(from, to) : tensor.data.subarray(from, to);
    return { type: tensor.type, dims: [rows, ...tensor.dims.slice(1)], data };
  });
}
