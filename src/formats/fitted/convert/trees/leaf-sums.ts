import type { Precision } from '../../../../model/precision.ts';
import type { GraphBuilder, GraphValue } from '../../graph/graph-builder.ts';
import { countedVotes, type NumberedTree, votedColumns } from './counted-votes.ts';
import type { FittedTree } from './fitted-tree.ts';
import { LeafTable } from './leaf-table.ts';
import { type EnsembleTree, treeEnsemble } from './tree-ensemble.ts';

/** Single precision counts up to here. */
const MAX_SINGLE_NUMBER = 2 ** 24;
/** Numbers that are looked up for one row at once: 1,000 rows take 32 MB. */
const MAX_AT_ONCE = 4_096;

export interface LeafSumOptions {
  /** Numbers that a leaf says. */
  readonly width: number;
  /** Writes into `row` what the leaf at `node` says. */
  readonly read: (tree: FittedTree, node: number, row: Float64Array) => void;
}

/**
 * `[rows, width]` in the working precision: what the leaves say that a row reaches, added one tree after the other, in the
 * order of `trees`. The order matters where two classes come close: numpy adds so, and another order rounds otherwise.
 */
export function leafSums(
  graph: GraphBuilder,
  matrix: GraphValue,
  trees: readonly FittedTree[],
  { width, read }: LeafSumOptions,
): GraphValue {
  const row = new Float64Array(width);
  if (width === 1) {
    const planted = plantedTrees(trees, (tree, node) => {
      read(tree, node, row);
      return row[0] as number;
    });
    return ensemble(graph, matrix, planted, 1, graph.precision);
  }
  const table = new LeafTable(width);
  const numbered = plantedTrees(trees, (tree, node) => {
    read(tree, node, row);
    return table.add(row);
  });
  const voted = trees.length > 1 ? votedColumns(table) : null;
  if (voted !== null) return countedVotes(graph, matrix, numbered, voted, width);
  const rows = graph.reals(table.rows, [table.count, width]);
  const sums = table.count < MAX_SINGLE_NUMBER ? 'float' : 'double';
  const each = numbered.map((tree, target) => ({ ...tree, target }));
  const numbers = graph.cast(ensemble(graph, matrix, each, trees.length, sums), 'int64');
  if (trees.length === 1) return graph.op('Gather', rows, graph.op('Squeeze', numbers, graph.int64s([1])));
  return addedInOrder(graph, graph.node('Transpose', [numbers]), rows, trees.length, width);
}

/** Each tree, with what `leafValue` says of its leaves. */
function plantedTrees(
  trees: readonly FittedTree[],
  leafValue: (tree: FittedTree, node: number) => number,
): NumberedTree[] {
  return trees.map((fitted) => {
    const { tree, shape } = fitted;
    const values = new Float64Array(tree.yes.length);
    for (const node of shape.leaves) values[node] = leafValue(fitted, node);
    return { tree, shape, values, target: 0 };
  });
}

function ensemble(
  graph: GraphBuilder,
  matrix: GraphValue,
  trees: readonly EnsembleTree[],
  targets: number,
  sums: Precision,
): GraphValue {
  return treeEnsemble(graph, matrix, trees, { targets, test: '<=', compare: 'float', sums });
}

/**
 * Rows of `table` at `numbers` (`[trees, rows]`), added over the trees. onnxruntime adds over the first dimension one
 * after the other; over any other it does not. What is looked up at once is bounded, and the sum so far comes first.
 */
function addedInOrder(
  graph: GraphBuilder,
  numbers: GraphValue,
  table: GraphValue,
  trees: number,
  width: number,
): GraphValue {
  const atOnce = Math.max(1, Math.floor(MAX_AT_ONCE / width));
  const first = graph.int64s([0]);
  let sum: GraphValue | null = null;
  for (let begin = 0; begin < trees; begin += atOnce) {
    const part =
      trees <= atOnce
        ? numbers
        : graph.op('Slice', numbers, graph.int64s([begin]), graph.int64s([begin + atOnce]));
    let values = graph.op('Gather', table, part);
    if (sum !== null) {
      values = graph.node('Concat', [graph.op('Unsqueeze', sum, first), values], {
        attributes: { axis: { integer: 0 } },
      });
    }
    sum = graph.node('ReduceSum', [values, first], { attributes: { keepdims: { integer: 0 } } });
  }
  return sum as GraphValue;
}
