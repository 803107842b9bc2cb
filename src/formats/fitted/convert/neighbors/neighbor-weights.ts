import { GatewayError } from '../../../../errors.ts';
import type { GraphBuilder, GraphValue } from '../../graph/graph-builder.ts';
import type { Stored } from '../../values/stored.ts';
import type { Scope } from '../converter.ts';
import { largestSquare, type Points } from '../distances.ts';
import { EXPORT_INSTEAD } from '../export-instead.ts';

/** Whether nearer rows count more. @throws GatewayError UNSUPPORTED_MODEL if a function weighs them. */
export function weighsByDistance(estimator: Stored): boolean {
  const { value } = estimator.get('weights');
  if (value === null || value === 'uniform') return false;
  if (value === 'distance') return true;
  throw new GatewayError(
    'UNSUPPORTED_MODEL',
    `${estimator.label} weighs neighbours with a function, which is never executed; ${EXPORT_INSTEAD}`,
  );
}

/** What the cancellation leaves of a squared distance, relative to the squares: some roundings of a double. */
const LOST_DIGITS = 2 ** -49;

/** Without a tree, scikit-learn's euclidean distances are never quite 0, where those of the graph are. */
export function warnOfLostDigits(estimator: Stored, { values, width }: Points, scope: Scope): void {
  if (estimator.get('_fit_method').value !== 'brute') return;
  if (estimator.get('effective_metric_').value !== 'euclidean') return;
  scope.loosen(
    Math.sqrt(LOST_DIGITS * largestSquare(values, width)),
    `${estimator.label}: scikit-learn's own distances lose digits beside a row of training, where x² − 2xy + y² cancels`,
  );
}

/**
 * `[rows, neighbours]` of distances → weights: the reciprocals, or, in a row with a distance of 0, 1 for each of those
 * and 0 for the others (scikit-learn's `_get_weights`).
 *
 * @param counts which of them are neighbours at all (bool, as `distances`); all if left out.
 */
export function distanceWeights(graph: GraphBuilder, distances: GraphValue, counts?: GraphValue): GraphValue {
  const isZero = graph.op('Equal', distances, graph.real(0));
  const isHit = counts === undefined ? isZero : graph.op('And', isZero, counts);
  const hits = graph.castReal(isHit);
  const anyHit = graph.op('Greater', graph.op('ReduceMax', hits, graph.int64s([1])), graph.real(0));
  const safe = graph.op('Where', isZero, graph.real(1), distances);
  const reciprocals = graph.op('Reciprocal', safe);
  const weights = graph.op('Where', anyHit, hits, reciprocals);
  return counts === undefined ? weights : graph.op('Mul', weights, graph.castReal(counts));
}
