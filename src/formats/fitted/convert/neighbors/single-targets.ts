import type { Stored } from '../../values/stored.ts';
import type { Scope } from '../converter.ts';
import { isSingle } from '../is-single.ts';

/** A rounding to a float, relative to the size of the number. */
const SINGLE_DIGIT = 2 ** -24;

/** scikit-learn averages targets that were float32 in that precision; the graph does so in double precision. */
export function warnOfSingleTargets(estimator: Stored, scope: Scope, most: number): void {
  const stored = estimator.get('_y');
  if (!isSingle(stored)) return;
  const largest = stored.numbers().values.reduce((size, value) => Math.max(size, Math.abs(value)), 0);
  scope.loosen(
    SINGLE_DIGIT * largest * (most + 1),
    `${estimator.label} was trained on targets of float32, and scikit-learn averages them in single precision`,
  );
}
