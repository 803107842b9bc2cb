import type { Precision } from '../../../model/precision.ts';
import type { GraphBuilder, GraphValue } from '../graph/graph-builder.ts';
import { checkTree, type Tree } from './trees/tree.ts';
import { treeEnsemble } from './trees/tree-ensemble.ts';

export interface SegmentOptions {
  /** Path of the knots in the file, for messages. */
  readonly path: string;
  /** `float`: values are compared as rounded to it, and a knot belongs to what is before it, as scipy has it. */
  readonly precision?: Precision;
}

/**
 * Position of the last knot that is not above the value, `[rows, 1]`, int64: found in a balanced tree. Below the first
 * knot it is the first.
 *
 * @param x increasing.
 */
export function segmentOf(
  graph: GraphBuilder,
  value: GraphValue,
  x: Float64Array,
  { path, precision = 'double' }: SegmentOptions,
): GraphValue {
  const nodes: { threshold: number; yes: number; no: number; segment: number }[] = [];
  const grow = (first: number, last: number): number => {
    const node = { threshold: 0, yes: -1, no: -1, segment: first };
    const at = nodes.push(node) - 1;
    if (first === last) return at;
    const middle = Math.ceil((first + last) / 2);
    node.threshold = x[middle] as number;
    node.yes = grow(first, middle - 1);
    node.no = grow(middle, last);
    return at;
  };
  grow(0, x.length - 1);
  const tree: Tree = {
    yes: Int32Array.from(nodes, ({ yes }) => yes),
    no: Int32Array.from(nodes, ({ no }) => no),
    feature: new Int32Array(nodes.length),
    threshold: Float64Array.from(nodes, ({ threshold }) => threshold),
    missing: null,
    sets: null,
  };
  const values = nodes.map(({ segment }) => segment);
  const leaf = treeEnsemble(graph, value, [{ tree, shape: checkTree(tree, 1, path), values, target: 0 }], {
    targets: 1,
    test: precision === 'float' ? '<=' : '<',
    compare: precision,
    sums: 'double',
  });
  return graph.cast(leaf, 'int64');
}
