import type { Stored } from '../../values/stored.ts';

/** Whether the estimator of a selector surely takes NaN, so that the selector passes it on. */
export function takesMissing(estimator: Stored): boolean {
  return /^(HistGradientBoosting|XGB|LGBM)/.test(estimator.className ?? '');
}
