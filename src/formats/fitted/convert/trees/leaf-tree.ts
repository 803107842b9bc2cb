import type { EnsembleTree } from './tree-ensemble.ts';

/** A tree of one leaf: it gives every row the same number. As the first of an ensemble it is what the sum begins with. */
export function leafTree(value: number, target: number): EnsembleTree {
  return {
    tree: {
      yes: Int32Array.of(-1),
      no: Int32Array.of(-1),
      feature: Int32Array.of(0),
      threshold: Float64Array.of(0),
      missing: null,
      sets: null,
    },
    shape: { inner: new Int32Array(0), leaves: Int32Array.of(0), depth: 0 },
    values: [value],
    target,
  };
}
