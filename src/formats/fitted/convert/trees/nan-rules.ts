import type { Stored } from '../../values/stored.ts';
import { sklearnMinor } from '../sklearn-version.ts';
import type { FittedTree } from './fitted-tree.ts';

/** Criteria whose trees took NaN before scikit-learn 1.9, whose trees all do. */
const CRITERIA = new Set(['gini', 'log_loss', 'entropy', 'squared_error', 'friedman_mse', 'poisson']);

/** Whether scikit-learn's `predict` of this single tree takes NaN, in the version that saved it. */
export function treeTakesNaN(estimator: Stored, { tree }: FittedTree): boolean {
  return tree.missing !== null && takesNaN(estimator, estimator.get('splitter').text());
}

/** Whether a forest's does: it asks a tree of the same criterion and default parameters, since 1.4. */
export function forestTakesNaN(forest: Stored, trees: readonly FittedTree[]): boolean {
  if (sklearnMinor(forest) < 4 || trees.some(({ tree }) => tree.missing === null)) return false;
  return takesNaN(forest, isExtra(forest) ? 'random' : 'best');
}

function takesNaN(estimator: Stored, splitter: string): boolean {
  const minor = sklearnMinor(estimator);
  if (minor < 9 && !CRITERIA.has(estimator.get('criterion').text())) return false;
  // Trees of random splits take NaN since 1.6; ExtraTrees that look for the best split no longer do.
  if (minor < 6) return splitter === 'best';
  return splitter === 'random' || !isExtra(estimator);
}

function isExtra(estimator: Stored): boolean {
  return estimator.className?.startsWith('Extra') === true;
}
