import { GatewayError } from '../../../../errors.ts';
import type { GraphBuilder, GraphValue } from '../../graph/graph-builder.ts';
import type { Stored } from '../../values/stored.ts';
import { classCount } from '../classes.ts';
import type { Prediction } from '../prediction.ts';
import { column } from '../response.ts';

/**
 * How much an estimator of two classes speaks for the second, `[rows, 1]`: its decision, else its probability; a
 * regressor's value. As scikit-learn's `_predict_binary`.
 *
 * @throws GatewayError UNSUPPORTED_MODEL if it has neither, or not two classes.
 */
export function binaryScore(graph: GraphBuilder, prediction: Prediction, part: Stored): GraphValue {
  if (prediction.kind === 'regressor' && prediction.targets === 1) return prediction.values;
  if (prediction.kind === 'classifier' && classCount(prediction.classes) === 2) {
    if (prediction.decision !== null) return prediction.decision;
    if (prediction.probabilities !== null) return column(graph, prediction.probabilities, 1);
  }
  throw new GatewayError(
    'UNSUPPORTED_MODEL',
    `${part.label} gives no score of two classes, as one of several binary estimators has to`,
  );
}

/**
 * Above it, a score means the second class. As scikit-learn's `_threshold_for_binary_predict`, to which a constant
 * predictor is no classifier.
 */
export function binaryThreshold(prediction: Prediction, part: Stored): number {
  const isDecision = prediction.kind === 'classifier' && prediction.decision !== null;
  return isDecision && part.className !== '_ConstantPredictor' ? 0 : 0.5;
}

/** `[rows, 1]` → whether it is above the threshold, as position 0 or 1: `[rows]`, int64. */
export function isAbove(graph: GraphBuilder, scores: GraphValue, threshold: number): GraphValue {
  const above = graph.cast(graph.op('Greater', scores, graph.real(threshold)), 'int64');
  return graph.op('Squeeze', above, graph.int64s([1]));
}
