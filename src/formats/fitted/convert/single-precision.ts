import type { Stored } from '../values/stored.ts';
import type { Scope } from './converter.ts';
import { ensembleFamily } from './ensembles/ensemble-family.ts';
import { treeFamily } from './trees/tree-family.ts';

/** What single precision costs a sum of some products: 6e-6 was seen of linear regressions. */
const SINGLE_TOLERANCE = 1e-5;

/** Of a request that is all float32 scikit-learn calculates in single precision in places; trees compare and add alike. */
export function expectSinglePrecision(estimator: Stored, scope: Scope): void {
  const ofTrees = [treeFamily, ensembleFamily].some(
    ({ converters }) => (estimator.className ?? '') in converters,
  );
  if (ofTrees) return;
  scope.loosen(
    SINGLE_TOLERANCE,
    'the signature says that every column is float32: scikit-learn then calculates in single precision in places, and the graph in double precision, with the same numbers',
  );
}
