import type { BodyInfo } from '../graph/body.ts';
import type { GraphBuilder, GraphValue } from '../graph/graph-builder.ts';

/** Numbers that a request of one row may hold at once, where all of its rows are calculated together. */
const MAX_PER_ROW = 16_384;

/** What `work` gives: `[rows, width]` each. */
export interface RowResult {
  readonly type: BodyInfo['type'];
  readonly width: number;
}

/**
 * Calculates `work` of all rows at once, or row by row where a row alone takes much memory: then a request of many rows
 * takes no more than one row at a time.
 *
 * @param matrix `[rows, width]`
 * @param perRow how many numbers `work` holds for each row.
 * @param work is given `[rows, width]`.
 */
export function inRows(
  graph: GraphBuilder,
  { matrix, width, perRow }: { matrix: GraphValue; width: number; perRow: number },
  results: readonly RowResult[],
  work: (rows: GraphValue) => readonly GraphValue[],
): readonly GraphValue[] {
  if (perRow <= MAX_PER_ROW) return work(matrix);
  const body = graph.body(
    [{ type: graph.precision, shape: [width] }],
    results.map((result) => ({ type: result.type, shape: [result.width] })),
    ([row]) => {
      const first = graph.int64s([0]);
      return work(graph.op('Unsqueeze', row as GraphValue, first)).map((value) =>
        graph.op('Squeeze', value, first),
      );
    },
  );
  return graph.nodeOf('Scan', [matrix], results.length, {
    attributes: { num_scan_inputs: { integer: 1 } },
    body,
  });
}
