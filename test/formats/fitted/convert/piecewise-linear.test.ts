import { describe, expect, it } from 'vitest';
import { piecewiseLinear } from '../../../../src/formats/fitted/convert/piecewise-linear.ts';
import { GraphBuilder } from '../../../../src/formats/fitted/graph/graph-builder.ts';
import type { Precision } from '../../../../src/model/precision.ts';
import { runGraph } from '../run-graph.ts';

async function interpolated(
  x: readonly number[],
  y: readonly number[],
  at: readonly number[],
  precision: Precision = 'double',
) {
  const graph = new GraphBuilder(precision);
  const knots = { x: Float64Array.from(x), y: Float64Array.from(y), path: 'knots' };
  const value = piecewiseLinear(graph, graph.input('X', precision, 1), knots);
  graph.output(value, { name: 'y', type: precision, shape: [-1, 1] });
  const onnx = graph.finish({ name: 'test', version: '1' }, {});
  return (await runGraph(onnx, at.length, { X: { reals: at } })).y;
}

/** As numpy.interp. */
function expected(x: readonly number[], y: readonly number[], at: number): number {
  const last = x.length - 1;
  if (at >= (x[last] as number)) return y[last] as number;
  const left = x.findLastIndex((knot) => knot <= at);
  if (left === -1) return y[0] as number;
  const [x0, x1, y0, y1] = [x[left], x[left + 1], y[left], y[left + 1]] as [number, number, number, number];
  return ((y1 - y0) / (x1 - x0)) * (at - x0) + y0;
}

describe('piecewiseLinear', () => {
  it('is what numpy.interp is: on, between and beyond the knots, to the last bit', async () => {
    const x = Array.from({ length: 301 }, (_, at) => at * 0.37 + Math.sin(at) * 0.1);
    const y = x.map((value) => Math.cos(value) * 3);
    const points = [...x, ...x.map((value) => value + 0.1), -5, 1e9, -Infinity, Infinity];
    expect(await interpolated(x, y, points)).toEqual(points.map((point) => expected(x, y, point)));
  });

  it('is constant with one knot', async () => {
    expect(await interpolated([2], [7], [1, 2, 3])).toEqual([7, 7, 7]);
  });

  it('keeps a NaN', async () => {
    expect(await interpolated([1, 2], [3, 5], [Number.NaN, 1.5])).toEqual([Number.NaN, 4]);
  });

  it('runs in single precision', async () => {
    expect(await interpolated([1, 2], [3, 5], [1.5], 'float')).toEqual([4]);
  });

  it.each<[string, number[], number[]]>([
    ['none', [], []],
    ['that fall', [2, 1], [0, 0]],
    ['that are equal', [1, 1], [0, 1]],
    ['that are no numbers', [1, Number.NaN], [0, 1]],
    ['without end', [1, Infinity], [0, 1]],
    ['with too few values', [1, 2], [0]],
    ['with values that are no numbers', [1, 2], [0, Number.NaN]],
  ])('refuses knots %s', async (_, x, y) => {
    await expect(interpolated(x, y, [1])).rejects.toThrow('knots are no increasing finite knots');
  });

  it('refuses knots between which the slope has no number', async () => {
    await expect(interpolated([0, 5e-324], [0, 1e300], [1])).rejects.toThrow('too close to each other');
  });
});
