import type { GraphBuilder, GraphValue } from '../graph/graph-builder.ts';
import { transposed } from './linear/linear-scores.ts';

/** Points that rows are compared with: `[count, width]`, row-major. */
export interface Points {
  readonly values: Float64Array;
  readonly count: number;
  readonly width: number;
}

/** How far two points are from each other. */
export type Metric =
  | { readonly kind: 'euclidean' | 'manhattan' | 'chebyshev' | 'cosine' }
  | { readonly kind: 'minkowski'; readonly power: number; readonly weights: Float64Array | null };

/**
 * `[rows, width]` and points → `[rows, count]`: distances, or what orders them alike and is cheaper (squares, powers).
 * From the differences of each column, not from x² − 2xy + y², which loses the digits of points that are close together.
 * Holds rows · count · width numbers at once: see `inRows`.
 */
export function reducedDistances(
  graph: GraphBuilder,
  rows: GraphValue,
  points: Points,
  metric: Metric,
): GraphValue {
  if (metric.kind === 'cosine') return cosineDistances(graph, rows, points);
  const { values, count, width } = points;
  // [rows, width, count]: the long dimension last, where the runtime goes through memory in one stride.
  const differences = graph.op(
    'Sub',
    graph.op('Unsqueeze', rows, graph.int64s([2])),
    graph.reals(transposed(values, count, width), [width, count]),
  );
  switch (metric.kind) {
    case 'euclidean':
      return reduced(graph, 'ReduceSumSquare', differences);
    case 'manhattan':
      return reduced(graph, 'ReduceL1', differences);
    case 'chebyshev':
      return reduced(graph, 'ReduceMax', graph.op('Abs', differences));
    case 'minkowski': {
      const powers = graph.op('Pow', graph.op('Abs', differences), graph.real(metric.power));
      const weighted =
        metric.weights === null ? powers : graph.op('Mul', powers, graph.reals(metric.weights, [width, 1]));
      return reduced(graph, 'ReduceSum', weighted);
    }
  }
}

/** From what `reducedDistances` gave, of the same metric. */
export function trueDistances(graph: GraphBuilder, values: GraphValue, metric: Metric): GraphValue {
  if (metric.kind === 'euclidean') return graph.op('Sqrt', values);
  if (metric.kind === 'minkowski') return graph.op('Pow', values, graph.real(1 / metric.power));
  return values;
}

/** As `reducedDistances`, of one distance. */
export function reducedDistance(distance: number, metric: Metric): number {
  if (metric.kind === 'euclidean') return distance * distance;
  return metric.kind === 'minkowski' ? distance ** metric.power : distance;
}

/** The largest x² of the points. @param values `[count, width]` */
export function largestSquare(values: Float64Array, width: number): number {
  let largest = 0;
  for (let start = 0; start < values.length; start += width) {
    let square = 0;
    for (let at = start; at < start + width; at += 1) square += (values[at] as number) ** 2;
    largest = Math.max(largest, square);
  }
  return largest;
}

/** One less the product of the unit vectors, as `cosine_distances` does; a zero vector has no direction. */
function cosineDistances(graph: GraphBuilder, rows: GraphValue, points: Points): GraphValue {
  const { values, count, width } = points;
  const units = new Float64Array(values.length);
  for (let point = 0; point < count; point += 1) {
    const own = values.subarray(point * width, (point + 1) * width);
    const length = Math.sqrt(own.reduce((sum, value) => sum + value * value, 0)) || 1;
    for (let column = 0; column < width; column += 1) {
      units[column * count + point] = (own[column] as number) / length;
    }
  }
  const norm = graph.op('ReduceL2', rows, graph.int64s([1]));
  const isZero = graph.op('Equal', norm, graph.real(0));
  const unitRows = graph.op('Div', rows, graph.op('Where', isZero, graph.real(1), norm));
  const products = graph.op('MatMul', unitRows, graph.reals(units, [width, count]));
  return graph.op('Clip', graph.op('Sub', graph.real(1), products), graph.real(0), graph.real(2));
}

function reduced(graph: GraphBuilder, opType: string, values: GraphValue): GraphValue {
  return graph.node(opType, [values, graph.int64s([1])], { attributes: { keepdims: { integer: 0 } } });
}
