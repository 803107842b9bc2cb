import { GatewayError } from '../../../../errors.ts';
import type { GraphBuilder, GraphValue } from '../../graph/graph-builder.ts';
import type { Stored } from '../../values/stored.ts';
import type { Scope } from '../converter.ts';
import { EXPORT_INSTEAD } from '../export-instead.ts';
import type { Features } from '../features.ts';
import { sklearnMinor } from '../sklearn-version.ts';

/** Estimators that answer the same for rows in single precision, which is what they get here, as for the same rows in double. */
const EXACT_IN_SINGLE =
  /^((DecisionTree|ExtraTree|RandomForest|ExtraTrees|GradientBoosting|HistGradientBoosting)(Classifier|Regressor))$/;

/** How probabilities become raw scores. */
interface Link {
  readonly isExponential: boolean;
  /** Up to scikit-learn 1.3, scores of several classes are logarithms; since then their mean is zero. */
  readonly isCentred: boolean;
  /** Probabilities are kept so far from 0 and 1: single precision's epsilon up to scikit-learn 1.7, then double's. */
  readonly epsilon: number;
}

/**
 * What a gradient boosting begins with, from its `init_`: one number for each of `width` sums, or `[rows, width]` where
 * another estimator says it.
 */
export function boostingStart(
  estimator: Stored,
  features: Features,
  scope: Scope,
  width: number,
): Float64Array | GraphValue {
  const init = estimator.get('init_');
  if (init.value === 'zero') return new Float64Array(width);
  const isClassifier = estimator.has('classes_');
  if (init.className === 'DummyRegressor' && !isClassifier)
    return init.get('constant_').numbersOfShape(1, 1).values;
  const link: Link = {
    isExponential: isClassifier && estimator.get('loss').text() === 'exponential',
    isCentred: estimator.get('_loss').typeName?.includes('_gb_losses') !== true,
    epsilon: sklearnMinor(estimator) < 8 ? 2 ** -23 : 2 ** -52,
  };
  if (init.className === 'DummyClassifier' && isClassifier)
    return linkedConstants(dummyProbabilities(init, width === 1 ? 2 : width), width, link);
  if (EXACT_IN_SINGLE.test(init.className ?? ''))
    return startOf(init, features, scope, { width, isClassifier, link });
  throw new GatewayError(
    'UNSUPPORTED_MODEL',
    `${init.label} begins ${estimator.label}, which lets it calculate in single precision: that is not repeated here; ${EXPORT_INSTEAD}`,
  );
}

function dummyProbabilities(init: Stored, classes: number): Float64Array {
  const prior = init.get('class_prior_').numbersOfShape(classes).values;
  const strategy = init.get('strategy').text();
  if (strategy === 'prior') return prior;
  if (strategy === 'most_frequent') {
    const most = prior.indexOf(Math.max(...prior));
    return prior.map((_, at) => (at === most ? 1 : 0));
  }
  throw new GatewayError(
    'UNSUPPORTED_MODEL',
    `${init.label} has the strategy "${strategy}", with which boosting cannot begin here; ${EXPORT_INSTEAD}`,
  );
}

function linkedConstants(probabilities: Float64Array, width: number, link: Link): Float64Array {
  const clipped = probabilities.map((p) => Math.min(Math.max(p, link.epsilon), 1 - link.epsilon));
  if (width === 1) {
    const second = clipped[1] as number;
    const logit = Math.log(second / (1 - second));
    return Float64Array.of(link.isExponential ? 0.5 * logit : logit);
  }
  const logs = clipped.map(Math.log);
  if (!link.isCentred) return logs;
  const mean = Math.exp(logs.reduce((sum, value) => sum + value, 0) / width);
  return clipped.map((p) => Math.log(p / mean));
}

interface Asked {
  readonly width: number;
  readonly isClassifier: boolean;
  readonly link: Link;
}

function startOf(
  init: Stored,
  features: Features,
  scope: Scope,
  { width, isClassifier, link }: Asked,
): GraphValue {
  const { graph } = scope;
  const rounded = features.mapped(graph.castReal(graph.cast(features.matrix(), 'float')));
  const prediction = scope.predict(init, rounded);
  if (!isClassifier && prediction.kind === 'regressor' && prediction.targets === 1) return prediction.values;
  if (!isClassifier || prediction.kind !== 'classifier' || prediction.probabilities === null)
    throw new GatewayError('INVALID_MODEL', `${init.label} does not predict what boosting begins with`);
  const low = graph.real(link.epsilon);
  const high = graph.real(1 - link.epsilon);
  const clipped = graph.op('Clip', prediction.probabilities, low, high);
  return width === 1 ? logit(graph, clipped, link) : symmetricLogs(graph, clipped, link);
}

function logit(graph: GraphBuilder, probabilities: GraphValue, { isExponential }: Link): GraphValue {
  const second = graph.node('Gather', [probabilities, graph.int64s([1])], {
    attributes: { axis: { integer: 1 } },
  });
  const value = graph.op('Log', graph.op('Div', second, graph.op('Sub', graph.real(1), second)));
  return isExponential ? graph.op('Mul', value, graph.real(0.5)) : value;
}

function symmetricLogs(graph: GraphBuilder, probabilities: GraphValue, { isCentred }: Link): GraphValue {
  const logs = graph.op('Log', probabilities);
  return !isCentred ? logs : graph.op('Sub', logs, graph.op('ReduceMean', logs, graph.int64s([1])));
}
