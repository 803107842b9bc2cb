import { MISSING_TEXT } from '../model/missing-text.ts';
import type { InputColumn, Signature } from '../model/signature.ts';
import { allocateTensorData, elementCount, type Tensor, type TensorType } from '../model/tensor.ts';

/** One row of zeros and empty texts, or of values that the model knows (as many rows as the graph insists on); `null` if a width is not known. */
export function zeroRow(signature: Signature): readonly Tensor[] | null {
  const tensors: Tensor[] = [];
  for (const { type, shape } of signature.inputs) {
    const dims = shape.map((dim, axis) => (axis === 0 && dim < 0 ? (signature.fixedRows ?? 1) : dim));
    if (dims.some((dim) => dim < 0)) return null;
    tensors.push({ type, dims, data: allocateTensorData(type, elementCount(dims)) });
  }
  for (const { input, offset, knownValues } of signature.columns) {
    const [value] = knownValues ?? [];
    const tensor = tensors[input];
    if (value === undefined || tensor === undefined) continue;
    const width = tensor.data.length / (tensor.dims[0] as number);
    for (let at = offset; at < tensor.data.length; at += width) tensor.data[at] = value as never;
  }
  return tensors;
}

/** The same as a request has it; `null` if its width is not known or a cell is a nested list. */
export function plainRow(signature: Signature): readonly unknown[] | null {
  const { columns, variableWidth } = signature;
  if (variableWidth || columns.some((column) => column.cellShape.length > 0)) return null;
  return columns.map(({ type, knownValues }) => {
    const [value] = knownValues ?? [type === 'string' ? '' : 0];
    return type === 'boolean' ? value !== 0 : (value ?? 0);
  });
}

/** The one row in `row`, `count` times over. */
export function repeatRow(row: readonly Tensor[], count: number): readonly Tensor[] {
  return row.map((tensor) => {
    const width = tensor.data.length;
    const data = allocateTensorData(tensor.type, width * count);
    for (let index = 0; index < data.length; index++) data[index] = tensor.data[index % width] as never;
    return { type: tensor.type, dims: [count, ...tensor.dims.slice(1)], data };
  });
}

/** The columns of which only a run can tell whether they take NaN; of lists of any length it is not tried. */
export function nanCandidates({ columns }: Signature): readonly InputColumn[] {
  return columns.filter(({ takesNaN, cellShape }) => takesNaN && cellShape.every((dim) => dim >= 0));
}

/**
 * Copies of `row`, the i-th with a missing value in the i-th of the columns that may take one; `null` if none may.
 */
export function nanProbe(signature: Signature, row: readonly Tensor[]): readonly Tensor[] | null {
  const candidates = nanCandidates(signature);
  if (candidates.length === 0) return null;
  const tensors = repeatRow(row, candidates.length);
  candidates.forEach((column, index) => {
    const tensor = tensors[column.input]!;
    const width = tensor.data.length / candidates.length;
    const from = index * width + column.offset;
    const missing = missingElement(tensor.type);
    (tensor.data as unknown[]).fill(missing, from, from + elementCount(column.cellShape));
  });
  return tensors;
}

function missingElement(type: TensorType): number | string {
  if (type === 'string') return MISSING_TEXT;
  return type === 'float16' ? 0x7e00 : Number.NaN;
}
