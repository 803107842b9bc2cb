import type { Converter } from '../converter.ts';
import { linearScores } from './linear-scores.ts';

/** `x · coef_ᵀ + intercept_`, for one or several targets. */
export const linearRegressor: Converter = {
  predict(estimator, features, scope) {
    scope.refuseNaN(features);
    const { value, count } = linearScores(estimator, features, scope.graph);
    return { kind: 'regressor', values: value, targets: count };
  },
};
