import { describe, expect, it } from 'vitest';
import { sigmoid } from '../../../../src/formats/fitted/convert/scores.ts';
import { GraphBuilder } from '../../../../src/formats/fitted/graph/graph-builder.ts';
import { runGraph } from '../run-graph.ts';

describe('sigmoid', () => {
  it('is exact to the last places also where it is tiny', async () => {
    const graph = new GraphBuilder();
    const value = sigmoid(graph, graph.input('X', 'double', 1));
    graph.output(value, { name: 'y', type: 'double', shape: [-1, 1] });
    const points = [-700, -150, -40, -20, -5, -1e-9, 0, 3, 40, 800, -800];
    const onnx = graph.finish({ name: 'test', version: '1' }, {});
    const { y } = await runGraph(onnx, points.length, { X: { reals: points } });
    for (const [at, point] of points.entries()) {
      const expected = 1 / (1 + Math.exp(-point));
      const error = Math.abs((y?.[at] as number) - expected);
      expect(error).toBeLessThanOrEqual(4 * Number.EPSILON * expected);
    }
  });
});
