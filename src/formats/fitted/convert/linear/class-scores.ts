import { GatewayError } from '../../../../errors.ts';
import type { GraphBuilder, GraphValue } from '../../graph/graph-builder.ts';
import type { Stored } from '../../values/stored.ts';
import { classCount } from '../classes.ts';
import type { Classes } from '../prediction.ts';
import { firstMaximum, isPositive } from '../scores.ts';

/**
 * Position of the label of each row, `[rows]`, int64: with one score for two classes whether it is above zero, else that
 * of the highest score (scikit-learn's `LinearClassifierMixin.predict`).
 */
export function labelOfScores(graph: GraphBuilder, scores: GraphValue, classes: Classes): GraphValue {
  return classCount(classes) === 2 ? isPositive(graph, scores) : firstMaximum(graph, scores);
}

/** @throws GatewayError INVALID_MODEL unless there is one score for two classes, or one for each of several. */
export function checkScoreCount(estimator: Stored, count: number, classes: Classes): void {
  const wanted = classCount(classes) === 2 ? 1 : classCount(classes);
  if (count === wanted && wanted + classCount(classes) > 2) return;
  throw new GatewayError(
    'INVALID_MODEL',
    `${estimator.label} has ${count} rows of coefficients for ${classCount(classes)} classes`,
  );
}
