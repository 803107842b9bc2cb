import type { Converter } from '../converter.ts';
import { sparseRows } from '../sparse-rows.ts';
import { componentsOf, projected } from './projection.ts';

/** GaussianRandomProjection and SparseRandomProjection: x · components_ᵀ, with a density of 1 an array in both. */
export const randomProjection: Converter = {
  transform(estimator, features, scope) {
    scope.refuseNaN(features);
    const stored = estimator.get('components_');
    const { values, count } = stored.isObject
      ? sparseRows(stored, features.width)
      : componentsOf(estimator, features.width);
    return projected(scope.graph, features.matrix(), values, count);
  },
};
