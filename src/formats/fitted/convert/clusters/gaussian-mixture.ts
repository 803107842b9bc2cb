import type { Stored } from '../../values/stored.ts';
import type { Converter } from '../converter.ts';
import { firstMaximum, softmax } from '../scores.ts';
import { digamma } from './digamma.ts';
import { gaussianTerms } from './gaussian-likelihoods.ts';

/** GaussianMixture: each component's likelihood times its weight. */
export const gaussianMixture: Converter = mixture((estimator, count) =>
  estimator.get('weights_').numbersOfShape(count).values.map(Math.log),
);

/** BayesianGaussianMixture: the expected logarithms of weights and precisions under the fitted distribution. */
export const bayesianGaussianMixture: Converter = mixture((estimator, count, width) => {
  // Components with one covariance have one number.
  const degreesOf = estimator.get('degrees_of_freedom_');
  const isOne = degreesOf.shape().length === 0;
  const freedom = isOne
    ? new Float64Array(count).fill(degreesOf.number())
    : degreesOf.numbersOfShape(count).values;
  const meanPrecision = estimator.get('mean_precision_').numbersOfShape(count).values;
  return expectedLogWeights(estimator, count).map((weight, at) => {
    const degrees = freedom[at] as number;
    let lambda = width * Math.log(2);
    for (let column = 0; column < width; column += 1) lambda += digamma(0.5 * (degrees - column));
    const spread = lambda - width / (meanPrecision[at] as number);
    return weight - 0.5 * width * Math.log(degrees) + 0.5 * spread;
  });
});

/** @param constantsOf what is added to each component's log likelihood. */
function mixture(constantsOf: (estimator: Stored, count: number, width: number) => Float64Array): Converter {
  return {
    predict(estimator, features, scope) {
      scope.refuseNaN(features);
      const { graph } = scope;
      const { width } = features;
      const { distances, logDeterminants } = gaussianTerms(estimator, features, graph);
      const count = logDeterminants.length;
      const constants = constantsOf(estimator, count, width).map(
        (constant, at) => constant + (logDeterminants[at] as number) - 0.5 * width * Math.log(2 * Math.PI),
      );
      const half = graph.op('Mul', distances, graph.real(0.5));
      const joint = graph.op('Sub', graph.reals(constants), half);
      return {
        kind: 'clusters',
        index: firstMaximum(graph, joint),
        scores: softmax(graph, joint),
        clusters: count,
        scoreName: 'probabilities',
      };
    },
  };
}

function expectedLogWeights(estimator: Stored, count: number): Float64Array {
  const stored = estimator.get('weight_concentration_');
  if (estimator.get('weight_concentration_prior_type').text() !== 'dirichlet_process') {
    const own = stored.numbersOfShape(count).values;
    const all = digamma(own.reduce((sum, value) => sum + value, 0));
    return own.map((value) => digamma(value) - all);
  }
  const [first, second] = stored.items().map((part) => part.numbersOfShape(count).values);
  const [a, b] = [first ?? new Float64Array(count), second ?? new Float64Array(count)];
  let rest = 0;
  return a.map((value, at) => {
    const all = digamma(value + (b[at] as number));
    const weight = digamma(value) - all + rest;
    rest += digamma(b[at] as number) - all;
    return weight;
  });
}
