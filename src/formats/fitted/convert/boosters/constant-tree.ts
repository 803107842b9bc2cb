import type { EnsembleTree } from '../trees/tree-ensemble.ts';

/** A tree of one leaf: it adds the same to every row. */
export function constantTree(value: number, target: number): EnsembleTree {
  const leaf = Int32Array.of(-1);
  return {
    tree: {
      yes: leaf,
      no: leaf,
      feature: leaf,
      threshold: Float64Array.of(0),
      missing: null,
      sets: null,
    },
    shape: { inner: new Int32Array(0), leaves: Int32Array.of(0), depth: 0 },
    values: [value],
    target,
  };
}
