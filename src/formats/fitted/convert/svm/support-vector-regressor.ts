import type { GraphValue } from '../../graph/graph-builder.ts';
import type { Stored } from '../../values/stored.ts';
import type { Converter, Scope } from '../converter.ts';
import type { Features } from '../features.ts';
import { KERNEL_LIMITS, kernelSums, supportVectorsOf } from './support-vectors.ts';

/** SVR and NuSVR: Σ dual_coef_ · K(x, support vector) + intercept_. */
export const supportVectorRegressor: Converter = {
  limits: KERNEL_LIMITS,
  predict: (estimator, features, scope) => ({
    kind: 'regressor',
    values: oneSum(estimator, features, scope),
    targets: 1,
  }),
};

/** OneClassSVM: an outlier unless the sum is above zero. */
export const oneClassSvm: Converter = {
  limits: KERNEL_LIMITS,
  predict(estimator, features, scope) {
    const { graph } = scope;
    const decision = oneSum(estimator, features, scope);
    // libsvm: zero is an outlier too.
    const isInlier = graph.cast(graph.op('Greater', decision, graph.real(0)), 'int64');
    const signed = graph.op('Sub', graph.op('Mul', isInlier, graph.int64s([2])), graph.int64s([1]));
    return { kind: 'outliers', label: graph.op('Squeeze', signed, graph.int64s([1])), decision };
  },
};

function oneSum(estimator: Stored, features: Features, scope: Scope): GraphValue {
  scope.refuseNaN(features);
  const vectors = supportVectorsOf(estimator, features.width);
  const { values: weights } = estimator.get('_dual_coef_').numbersOfShape(1, vectors.points.count);
  const { values: constant } = estimator.get('_intercept_').numbersOfShape(1);
  return kernelSums(scope.graph, features, vectors, weights, constant);
}
