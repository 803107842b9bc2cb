import type { GraphBuilder, GraphValue } from '../../graph/graph-builder.ts';
import type { LeafTable } from './leaf-table.ts';
import { type EnsembleTree, treeEnsemble } from './tree-ensemble.ts';

/** A tree whose leaves say the number of a row of a table. */
export type NumberedTree = EnsembleTree & { readonly values: Float64Array };

const VOTES = { test: '<=', compare: 'float', sums: 'float' } as const;

/** The column of each row of the table that is 1, if all others are 0 in every row; else `null`. */
export function votedColumns({ rows, width, count }: LeafTable): Int32Array | null {
  const columns = new Int32Array(count);
  for (let row = 0; row < count; row += 1) {
    const values = rows.subarray(row * width, (row + 1) * width);
    const column = values.indexOf(1);
    if (column === -1 || values.some((value, at) => value !== (at === column ? 1 : 0))) return null;
    columns[row] = column;
  }
  return columns;
}

/**
 * Trees that grew until each leaf has one class, as they do by default, vote: whole numbers are exact in any order and in
 * single precision, and nothing has to be looked up.
 */
export function countedVotes(
  graph: GraphBuilder,
  matrix: GraphValue,
  numbered: readonly NumberedTree[],
  voted: Int32Array,
  width: number,
): GraphValue {
  if (width === 2) {
    const trees = numbered.map((tree) => ({
      ...tree,
      values: tree.values.map((row) => voted[row] as number),
    }));
    const second = graph.castReal(treeEnsemble(graph, matrix, trees, { ...VOTES, targets: 1 }));
    const first = graph.op('Sub', graph.real(numbered.length), second);
    return graph.node('Concat', [first, second], { attributes: { axis: { integer: 1 } } });
  }
  const trees = numbered.map(({ values, ...tree }) => ({
    ...tree,
    values: new Float64Array(values.length).fill(1),
    target: Int32Array.from(values, (row) => voted[row] as number),
  }));
  return graph.castReal(treeEnsemble(graph, matrix, trees, { ...VOTES, targets: width }));
}
