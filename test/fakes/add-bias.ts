import type { Graph } from '../../src/model/graph.ts';
import {
  allocateTensorData,
  elementCount,
  type Tensor,
  type TensorSpec,
  type TensorType,
} from '../../src/model/tensor.ts';

/**
 * What the fakes compute: every element of an output's row is `bias` plus the sum of that row of the first input
 * (a text counts as its length). Variable dimensions after the first are 1.
 */
export function addBias(graph: Graph, inputs: readonly Tensor[], bias: number): Tensor[] {
  const input = inputs[0];
  const rows = input?.dims[0] ?? 1;
  const width = input === undefined || rows === 0 ? 0 : input.data.length / rows;
  const sums: number[] = [];
  for (let row = 0; row < rows; row += 1) {
    let sum = bias;
    for (let at = row * width; at < (row + 1) * width; at += 1) sum += numberOf(input?.data[at]);
    sums.push(sum);
  }
  return graph.outputs.map((output) => fill(output, sums));
}

function fill(output: TensorSpec, sums: readonly number[]): Tensor {
  const dims = [sums.length, ...output.shape.slice(1).map((dim) => (dim < 0 ? 1 : dim))];
  const width = elementCount(dims.slice(1));
  const data = allocateTensorData(output.type, sums.length * width);
  const elements = data as { [index: number]: unknown };
  for (let at = 0; at < data.length; at += 1) {
    elements[at] = elementOf(output.type, sums[Math.floor(at / width)] ?? 0);
  }
  return { type: output.type, dims, data };
}

function numberOf(value: number | bigint | string | undefined): number {
  return typeof value === 'string' ? value.length : Number(value ?? 0);
}

function elementOf(type: TensorType, value: number): unknown {
  if (type === 'string') return String(value);
  if (type !== 'int64' && type !== 'uint64') return value;
  return Number.isFinite(value) ? BigInt(Math.round(value)) : 0n;
}
