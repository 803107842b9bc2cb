import type { Stored } from '../../values/stored.ts';
import type { Scope } from '../converter.ts';

/** Some roundings of a double. */
const ROUNDINGS = 2 ** -48;

/**
 * Sums of kernels with large weights that cancel are as exact as the kernels are, in scikit-learn too.
 *
 * @param weights `[rows, sums]`; each kernel is at most about one.
 */
export function warnOfLargeWeights(
  estimator: Stored,
  weights: Float64Array,
  sums: number,
  scope: Scope,
): void {
  const sizes = new Float64Array(sums);
  for (const [at, weight] of weights.entries()) {
    sizes[at % sums] = (sizes[at % sums] as number) + Math.abs(weight);
  }
  const largest = sizes.reduce((most, size) => Math.max(most, size), 0);
  scope.loosen(
    ROUNDINGS * largest,
    `${estimator.label}: weights of a size of ${largest.toExponential(0)} cancel in its sums, and digits with them`,
  );
}
