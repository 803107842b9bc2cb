import type { Stored } from '../../values/stored.ts';
import { sklearnMinor } from '../sklearn-version.ts';
import type { FittedTree } from './fitted-tree.ts';

/** Criteria whose trees took NaN before scikit-learn 1.9, whose trees all do. */
const CRITERIA = new Set(['gini', 'log_loss', 'entropy', 'squared_error', 'friedman_mse', 'poisson']);

/** Whether scikit-learn's `predict` of this single tree takes NaN, in the version that saved it. */
export function treeTakesNaN(estimator: Stored, { tree }: FittedTree): boolean {
  if (tree.missing === null) return false;
  const minor = sklearnMinor(estimator);
  if (minor < 9 && !CRITERIA.has(estimator.get('criterion').text())) return false;
  const splitter = estimator.get('splitter').text();
  // Trees of random splits take NaN since 1.6; an ExtraTree that looks for the best split no longer does.
  if (minor < 6) return splitter === 'best';
  // In 1.6, ExtraTreeRegressor had no rule of its own.
  if (minor === 6 && estimator.className === 'ExtraTreeRegressor') return true;
  return splitter === 'random' || estimator.className?.startsWith('Extra') !== true;
}
