import { GatewayError } from '../../src/errors.ts';
import { Deadline } from '../../src/inference/deadline.ts';
import type { Graph } from '../../src/model/graph.ts';
import type { Tensor } from '../../src/model/tensor.ts';

/** `y` is the sum of each row of `x`, as the fake engine computes it. */
export const sumGraph: Graph = {
  path: '/nowhere/model.onnx',
  inputs: [{ name: 'x', type: 'float32', shape: [-1, -1] }],
  outputs: [{ name: 'y', type: 'float32', shape: [-1] }],
  options: { intraOpThreads: 1, interOpThreads: 1, executionMode: 'sequential', optimizationLevel: 'all' },
};

/** `[rows, 1]` with the given values. */
export function rowsOf(...values: number[]): readonly Tensor[] {
  return [{ type: 'float32', dims: [values.length, 1], data: Float32Array.from(values) }];
}

export function valuesOf(outputs: readonly Tensor[]): readonly unknown[] {
  return Array.from(outputs[0]!.data as ArrayLike<unknown>);
}

export const gone = new GatewayError('CLIENT_GONE', 'the client is gone');

/** A deadline that is ended by the test, or passes in a minute. */
export function deadlineOf(timeoutMs = 60_000): Deadline {
  return new Deadline(performance.now() + timeoutMs, timeoutMs);
}
