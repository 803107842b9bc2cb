import { fileURLToPath } from 'node:url';
import type { Graph, GraphOptions } from '../../src/model/graph.ts';
import type { Tensor, TensorSpec, TensorType } from '../../src/model/tensor.ts';

const OPTIONS: GraphOptions = {
  intraOpThreads: 1,
  interOpThreads: 1,
  executionMode: 'sequential',
  optimizationLevel: 'all',
};

/** A graph of `test/fixtures/engine`, or one at an absolute path. */
export function graphOf(
  file: string,
  inputs: readonly TensorSpec[],
  outputs: readonly TensorSpec[],
  options: Partial<GraphOptions> = {},
): Graph {
  const path = fileURLToPath(new URL(file, new URL('../fixtures/engine/', import.meta.url)));
  return { path, inputs, outputs, options: { ...OPTIONS, ...options } };
}

function spec(name: string, type: TensorType, shape: readonly number[]): TensorSpec {
  return { name, type, shape };
}

export const float32 = (dims: readonly number[], ...values: number[]): Tensor => ({
  type: 'float32',
  dims,
  data: Float32Array.from(values),
});

export const int64 = (dims: readonly number[], ...values: bigint[]): Tensor => ({
  type: 'int64',
  dims,
  data: BigInt64Array.from(values),
});

/** A forest for iris, exported by skl2onnx without ZipMap. */
export const classifier = graphOf(
  'classifier.onnx',
  [spec('X', 'float32', [-1, 4])],
  [spec('label', 'int64', [-1]), spec('probabilities', 'float32', [-1, 3])],
);
export const irises = (): Tensor[] => [float32([2, 4], 5.1, 3.5, 1.4, 0.2, 6.2, 2.9, 4.3, 1.3)];
/** As onnx's reference evaluator computes them. */
export const irisAnswers = [int64([2], 0n, 1n), float32([2, 3], 1, 0, 0, 0, 0.99761915, 0.002380952)];

/** A linear model whose weights lie in a file beside the graph. */
export const external = graphOf(
  'external/model.onnx',
  [spec('x', 'float32', [-1, 4])],
  [spec('logits', 'float32', [-1, 3])],
);

/** y = x + 1, after as many 64×64 matrix products as `times` says. */
export const slow = graphOf(
  'slow.onnx',
  [spec('x', 'float32', [-1, 1]), spec('times', 'int64', [])],
  [spec('y', 'float32', [-1, 1])],
);
export const slowInputs = (times: bigint): Tensor[] => [float32([1, 1], 1), int64([], times)];
/** More products than any test lives to see. */
export const FOREVER = 2n ** 62n;

/** Fails where `index` is not below 4. */
export const gather = graphOf(
  'gather.onnx',
  [spec('index', 'int64', [-1, 1])],
  [spec('y', 'float32', [-1, 1])],
);

/** Holds several arrays of as many float32 as `length` says. */
export const allocate = graphOf('allocate.onnx', [spec('length', 'int64', [1])], [spec('y', 'float32', [1])]);

const TYPES: readonly TensorType[] = [
  'float32',
  'float64',
  'float16',
  'int8',
  'int16',
  'int32',
  'int64',
  'uint8',
  'uint16',
  'uint32',
  'uint64',
  'bool',
  'string',
];

/** One input `[rows, 1]` and one output `[rows, 2]` of every type; each row holds its value twice. */
export const types = graphOf(
  'types.onnx',
  TYPES.map((type) => spec(`in_${type}`, type, [-1, 1])),
  TYPES.map((type) => spec(`out_${type}`, type, [-1, 2])),
);

/** Is no ONNX file. */
export const noGraph = graphOf('make-graphs.py', classifier.inputs, classifier.outputs);
