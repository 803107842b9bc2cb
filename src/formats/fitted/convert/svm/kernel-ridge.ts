import type { Converter } from '../converter.ts';
import { kernelOf, PAIRWISE_KERNELS } from './kernel.ts';
import { kernelSums } from './support-vectors.ts';

/** Σ dual_coef_ · K(x, row of training), for one or several targets. */
export const kernelRidge: Converter = {
  limits: `kernels other than ${PAIRWISE_KERNELS.join(', ')}`,
  // The sums are of large terms that cancel, the more the weaker the regularisation.
  tolerance: 1e-10,
  predict(estimator, features, scope) {
    scope.refuseNaN(features);
    const { width } = features;
    const gamma = () => estimator.find('gamma')?.number() ?? 1 / width;
    const kernel = kernelOf(estimator, gamma, PAIRWISE_KERNELS);
    const { values, shape } = estimator.get('X_fit_').numbersOfShape(-1, width);
    const count = shape[0] as number;
    const dual = estimator.get('dual_coef_');
    const isSingle = dual.shape().length === 1;
    const weights = isSingle ? dual.numbersOfShape(count) : dual.numbersOfShape(count, -1);
    const targets = isSingle ? 1 : (weights.shape[1] as number);
    const vectors = { points: { values, count, width }, kernel };
    const sums = kernelSums(scope.graph, features, vectors, weights.values, new Float64Array(targets));
    return { kind: 'regressor', values: sums, targets };
  },
};
