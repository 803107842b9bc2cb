import type { GraphValue } from '../../graph/graph-builder.ts';
import type { Stored } from '../../values/stored.ts';
import { classCount, classesOf } from '../classes.ts';
import type { Converter, Scope } from '../converter.ts';
import type { Features } from '../features.ts';
import { ofLikelihoods } from '../joint-likelihoods.ts';
import { transposed } from '../linear/linear-scores.ts';
import type { Classification } from '../prediction.ts';
import { logProbabilitiesOf } from './log-probabilities.ts';

/** MultinomialNB: x · feature_log_prob_ᵀ + class_log_prior_. */
export const multinomialNb: Converter = {
  predict: (estimator, features, scope) => {
    const classes = classCount(classesOf(estimator.get('classes_')));
    const logs = logProbabilitiesOf(estimator, classes, features.width);
    return linear(estimator, features, scope, {
      value: features.matrix(),
      weights: logs,
      constants: estimator.get('class_log_prior_').numbersOfShape(classes).values,
    });
  },
};

/** ComplementNB: as MultinomialNB, without priors unless there is one class only. */
export const complementNb: Converter = {
  predict: (estimator, features, scope) => {
    const classes = classCount(classesOf(estimator.get('classes_')));
    const priors = estimator.get('class_log_prior_').numbersOfShape(classes).values;
    return linear(estimator, features, scope, {
      value: features.matrix(),
      weights: logProbabilitiesOf(estimator, classes, features.width),
      constants: classes === 1 ? priors : new Float64Array(classes),
    });
  },
};

/** BernoulliNB: whether each column is above `binarize`; what is not there counts too. */
export const bernoulliNb: Converter = {
  predict: (estimator, features, scope) => {
    const { graph } = scope;
    const { width } = features;
    const classes = classCount(classesOf(estimator.get('classes_')));
    const logs = logProbabilitiesOf(estimator, classes, width);
    const absent = logs.map((log) => Math.log(1 - Math.exp(log)));
    const priors = estimator.get('class_log_prior_').numbersOfShape(classes).values;
    const constants = priors.map((prior, at) =>
      absent.subarray(at * width, (at + 1) * width).reduce((sum, log) => sum + log, prior),
    );
    const threshold = estimator.find('binarize')?.number() ?? null;
    const value =
      threshold === null
        ? features.matrix()
        : graph.castReal(graph.op('Greater', features.matrix(), graph.real(threshold)));
    const weights = logs.map((log, at) => log - (absent[at] as number));
    return linear(estimator, features, scope, { value, weights, constants });
  },
};

interface Linear {
  /** `[rows, width]` */
  readonly value: GraphValue;
  /** `[classes, width]` */
  readonly weights: Float64Array;
  /** `[classes]` */
  readonly constants: Float64Array;
}

function linear(
  estimator: Stored,
  features: Features,
  scope: Scope,
  { value, weights, constants }: Linear,
): Classification {
  scope.refuseNaN(features);
  const { graph } = scope;
  const { width } = features;
  const count = constants.length;
  const matrix = graph.reals(transposed(weights, count, width), [width, count]);
  const joint = graph.op('Add', graph.op('MatMul', value, matrix), graph.reals(constants));
  return ofLikelihoods(graph, classesOf(estimator.get('classes_')), joint);
}
