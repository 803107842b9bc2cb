import { describe, expect, it } from 'vitest';
import { normalShare } from '../../../../src/formats/fitted/convert/normal-share.ts';
import { GraphBuilder } from '../../../../src/formats/fitted/graph/graph-builder.ts';
import { runGraph } from '../run-graph.ts';

/** `scipy.stats.norm.cdf` of scipy 1.17.1. */
const SHARES: readonly (readonly [number, number])[] = [
  [-11, 1.910659574498663e-28],
  [-8, 6.22096057427174e-16],
  [-5.2, 9.96442631693347e-8],
  [-5.1993, 1.000202194380917e-7],
  [-3, 0.0013498980316300933],
  [-1.5, 0.06680720126885807],
  [-1.4143, 0.0786369184841689],
  [-1.41, 0.07926984145339239],
  [-1, 0.15865525393145707],
  [-0.5, 0.3085375387259869],
  [-1e-9, 0.49999999960105773],
  [0, 0.5],
  [0.3, 0.6179114221889526],
  [1, 0.8413447460685429],
  [1.41, 0.9207301585466077],
  [1.4143, 0.9213630815158311],
  [2, 0.9772498680518208],
  [5, 0.9999997133484281],
  [9, 1.0],
];

describe('normalShare', () => {
  it('is what scipy calculates, within a few units of the last place', async () => {
    const graph = new GraphBuilder();
    const share = normalShare(graph, graph.input('X', 'double', 1));
    graph.output(share, { name: 'y', type: 'double', shape: [-1, 1] });
    const points = SHARES.map(([point]) => point);
    const onnx = graph.finish({ name: 'test', version: '1' }, {});
    const { y } = await runGraph(onnx, points.length, { X: { reals: points } });
    for (const [at, [, expected]] of SHARES.entries()) {
      expect(Math.abs((y?.[at] as number) - expected)).toBeLessThanOrEqual(16 * Number.EPSILON * expected);
    }
  });

  it('keeps a NaN', async () => {
    const graph = new GraphBuilder();
    const share = normalShare(graph, graph.input('X', 'double', 1));
    graph.output(share, { name: 'y', type: 'double', shape: [-1, 1] });
    const { y } = await runGraph(graph.finish({ name: 'test', version: '1' }, {}), 1, {
      X: { reals: [Number.NaN] },
    });
    expect(y).toEqual([Number.NaN]);
  });
});
