import { GatewayError } from '../../../../errors.ts';
import type { GraphBuilder, GraphValue } from '../../graph/graph-builder.ts';
import type { Stored } from '../../values/stored.ts';
import { type Metric, type Points, reducedDistances, trueDistances } from '../distances.ts';

export interface Nearest {
  /** Positions among the training's rows, nearest first: `[rows, neighbours]`, int64. */
  readonly index: GraphValue;
  /** `[rows, neighbours]` */
  readonly distances: GraphValue;
}

/** The nearest rows of the training; of equally near ones the first. @param rows `[rows, width]` */
export function nearest(
  graph: GraphBuilder,
  rows: GraphValue,
  { points, metric, neighbors }: { points: Points; metric: Metric; neighbors: number },
): Nearest {
  const all = reducedDistances(graph, rows, points, metric);
  const [reduced, index] = graph.nodeOf('TopK', [all, graph.int64s([neighbors])], 2, {
    attributes: { axis: { integer: 1 }, largest: { integer: 0 }, sorted: { integer: 1 } },
  });
  return { index: index as GraphValue, distances: trueDistances(graph, reduced as GraphValue, metric) };
}

/** @throws GatewayError INVALID_MODEL if there are not so many rows. */
export function neighborsOf(estimator: Stored, attribute: string, { count }: Points): number {
  const neighbors = estimator.get(attribute).integer();
  if (neighbors >= 1 && neighbors <= count) return neighbors;
  throw new GatewayError(
    'INVALID_MODEL',
    `${estimator.label} asks for ${neighbors} neighbours of ${count} rows of training`,
  );
}
