import type { Converter } from '../converter.ts';

/** RANSACRegressor: what the estimator says that was fitted on the inliers. */
export const ransacRegressor: Converter = {
  predict: (estimator, features, scope) => scope.predict(estimator.get('estimator_'), features),
};
