import type { NumberArray, Stored } from '../../values/stored.ts';
import type { Converter, Scope } from '../converter.ts';
import { linearScores } from './linear-scores.ts';

/** Least squares gives columns that say the same coefficients of such sizes, and opposite signs. */
const HUGE = 1e9;
/** Some roundings of a double. */
const ROUNDINGS = 2 ** -48;

/** `x · coef_ᵀ + intercept_`, for one or several targets. */
export const linearRegressor: Converter = {
  predict(estimator, features, scope) {
    scope.refuseNaN(features);
    const { value, count } = linearScores(estimator, features, scope.graph);
    noteCancellation(estimator, estimator.get('coef_').numbers(), scope);
    return { kind: 'regressor', values: value, targets: count };
  },
};

/** Terms that cancel leave as many digits as they have more than the answer, in scikit-learn too. */
function noteCancellation(estimator: Stored, { values }: NumberArray, scope: Scope): void {
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  if (largest < HUGE) return;
  scope.loosen(
    ROUNDINGS * largest,
    `${estimator.label}: columns that say the same have coefficients of ${largest.toExponential(0)} that cancel, and digits with them; leave such columns out, or fit Ridge`,
  );
}
