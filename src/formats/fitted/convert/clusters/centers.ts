import type { GraphBuilder, GraphValue } from '../../graph/graph-builder.ts';
import type { Stored } from '../../values/stored.ts';
import type { Scope } from '../converter.ts';
import { largestSquare, type Points, reducedDistances, trueDistances } from '../distances.ts';
import type { Features } from '../features.ts';
import { inRows } from '../in-rows.ts';
import { isSingle } from '../is-single.ts';

/** What the cancellation leaves of a squared distance, relative to the squares: some roundings of a double. */
const LOST_DIGITS = 2 ** -49;
/** As `LOST_DIGITS`, of a float: scikit-learn answers rows of float32 only where centers are float32, in that precision. */
const LOST_SINGLE_DIGITS = 2 ** -20;
const EUCLIDEAN = { kind: 'euclidean' } as const;

/** The attribute's rows, `[count, width]`. */
export function centersOf(estimator: Stored, width: number, attribute = 'cluster_centers_'): Points {
  const { values, shape } = estimator.get(attribute).numbersOfShape(-1, width);
  return { values, count: shape[0] as number, width };
}

/** `[rows, centers]`: squared distances. */
export function squaredDistances(graph: GraphBuilder, features: Features, centers: Points): GraphValue {
  const { count, width } = centers;
  const [value] = inRows(
    graph,
    { matrix: features.matrix(), width, perRow: count * width },
    [{ type: graph.precision, width: count }],
    (rows) => [reducedDistances(graph, rows, centers, EUCLIDEAN)],
  );
  return value as GraphValue;
}

/** Distances from squared ones, `[rows, centers]`. */
export function centerDistances(
  estimator: Stored,
  squared: GraphValue,
  { values, width }: Points,
  scope: Scope,
  attribute = 'cluster_centers_',
): GraphValue {
  const lost = isSingle(estimator.get(attribute)) ? LOST_SINGLE_DIGITS : LOST_DIGITS;
  scope.loosen(
    Math.sqrt(lost * largestSquare(values, width)),
    `${estimator.label}: scikit-learn's own distances lose digits beside a center, where x² − 2xy + y² cancels`,
  );
  return trueDistances(scope.graph, squared, EUCLIDEAN);
}
