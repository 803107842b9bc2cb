import { GatewayError } from '../../../../errors.ts';
import type { GraphBuilder, GraphValue } from '../../graph/graph-builder.ts';
import type { Stored } from '../../values/stored.ts';
import { classCount, classesOf } from '../classes.ts';
import type { Converter, Scope } from '../converter.ts';
import type { Features } from '../features.ts';
import type { Classes, Classification } from '../prediction.ts';
import { beside, column, firstResponse, responseOf, responseValues } from '../response.ts';
import { firstMaximum, normalisedRows, sigmoid, softmax, twoColumns } from '../scores.ts';
import { classifierOf } from './encoded-labels.ts';
import { isotonic } from './isotonic.ts';
import { weightedMean } from './weighted-mean.ts';

/** Mean of one or several classifiers, each with functions that make probabilities of its scores. */
export const calibratedClassifier: Converter = {
  predict(estimator, features, scope) {
    const { graph } = scope;
    const classes = classesOf(estimator.get('classes_'));
    const pairs = estimator.get('calibrated_classifiers_').items();
    if (pairs.length === 0)
      throw new GatewayError('INVALID_MODEL', `${estimator.label} has no calibrated classifiers`);
    const each = pairs.map((pair) => calibrated(pair, features, classes, scope));
    const probabilities = weightedMean(graph, each, null);
    const index = firstMaximum(graph, probabilities);
    return { kind: 'classifier', classes, index, probabilities, decision: null };
  },
};

/** A classifier and its calibrators: `[rows, classes]`. */
function calibrated(pair: Stored, features: Features, classes: Classes, scope: Scope): GraphValue {
  const { graph } = scope;
  const part = pair.get(pair.has('estimator') ? 'estimator' : 'base_estimator');
  const classification = classifierOf(scope.predict(part, features), part);
  const calibrators = pair.get('calibrators').items();
  const isTemperature = calibrators[0]?.className === '_TemperatureScaling';
  const probabilities = isTemperature
    ? tempered(graph, classification, calibrators, part, classCount(classes))
    : perClass(scope, classification, calibrators, part, classes);
  // A sum of rounded parts may be a hair above one.
  return graph.op('Min', probabilities, graph.real(1));
}

function perClass(
  scope: Scope,
  classification: Classification,
  calibrators: readonly Stored[],
  part: Stored,
  classes: Classes,
): GraphValue {
  const { graph } = scope;
  const method = firstResponse(classification, ['decision_function', 'predict_proba'], part);
  const { value, width } = responseValues(graph, classification, method, part);
  const count = classCount(classes);
  // A fold that lacks a class makes a classifier of fewer classes.
  const positions = classification.classes.values.map((label) =>
    (classes.values as readonly unknown[]).indexOf(label),
  );
  const isComplete = width === calibrators.length && (count === 2 ? width === 1 : width === positions.length);
  if (!isComplete || positions.includes(-1)) {
    throw new GatewayError(
      'UNSUPPORTED_MODEL',
      `${part.label} gives ${width} scores of ${positions.length} classes for ${calibrators.length} calibrators and ${count} classes`,
    );
  }
  const each = calibrators.map((calibrator, at) => calibrate(scope, calibrator, column(graph, value, at)));
  if (count === 2) return twoColumns(graph, each[0] as GraphValue);
  const none = graph.op('Mul', each[0] as GraphValue, graph.real(0));
  const columns = Array.from({ length: count }, (_, position) => each[positions.indexOf(position)] ?? none);
  return normalisedRows(graph, beside(graph, columns), count);
}

/** `[rows, 1]` of scores → probabilities. */
function calibrate(scope: Scope, calibrator: Stored, scores: GraphValue): GraphValue {
  const { graph } = scope;
  switch (calibrator.className) {
    case '_SigmoidCalibration': {
      const slope = graph.real(calibrator.get('a_').number());
      const offset = graph.real(calibrator.get('b_').number());
      return sigmoid(graph, graph.op('Neg', graph.op('Add', graph.op('Mul', slope, scores), offset)));
    }
    case 'IsotonicRegression':
      return isotonic(scope, calibrator, scores);
    default:
      throw new GatewayError('UNSUPPORTED_MODEL', `${calibrator.label} is no calibrator that is known here`);
  }
}

/** Added to probabilities before their logarithm, as scikit-learn does. */
const LOG_OFFSET = 1e-12;

/** Softmax of the scores times one factor; probabilities become scores by their logarithm. */
function tempered(
  graph: GraphBuilder,
  classification: Classification,
  calibrators: readonly Stored[],
  part: Stored,
  count: number,
): GraphValue {
  if (calibrators.length !== 1 || classCount(classification.classes) !== count) {
    throw new GatewayError(
      'UNSUPPORTED_MODEL',
      `${part.label} has other classes than the estimator that calibrates its temperature`,
    );
  }
  const method = firstResponse(classification, ['decision_function', 'predict_proba'], part);
  const scores = responseOf(graph, classification, method, part).value;
  const logits =
    method === 'predict_proba'
      ? graph.op('Log', graph.op('Add', scores, graph.real(LOG_OFFSET)))
      : count === 2
        ? beside(graph, [graph.op('Neg', scores), scores])
        : scores;
  const factor = graph.real((calibrators[0] as Stored).get('beta_').number());
  return softmax(graph, graph.op('Mul', factor, logits));
}
