import { REFUSAL } from '../../../model/refused-value.ts';
import type { GraphBuilder, GraphValue } from '../graph/graph-builder.ts';

/** What fails a run: a condition (bool, `[rows, any]`) that holds of some row, and the reason for whoever asked. */
export interface Refusal {
  readonly condition: GraphValue;
  /** For instance: `PowerTransformer at steps[0][1] takes positive numbers only`. */
  readonly reason: string;
}

/**
 * `value`, of any type and shape, as it is; but the run fails if one of the conditions holds of any row. ONNX has no way
 * to say so but an index outside of a table.
 */
export function failingWhere(
  graph: GraphBuilder,
  refusals: readonly Refusal[],
  value: GraphValue,
): GraphValue {
  if (refusals.length === 0) return value;
  const first = graph.int64s([0]);
  let table = graph.op('Unsqueeze', value, first);
  for (const { condition, reason } of refusals) {
    const highest = graph.node('ReduceMax', [graph.cast(condition, 'int64')]);
    const index = graph.op('Reshape', highest, graph.int64s([1]));
    table = graph.node('Gather', [table, index], { name: refusalName(reason) });
  }
  return graph.op('Squeeze', table, first);
}

/** Name of a node that fails for this reason. */
export function refusalName(reason: string): string {
  return `${REFUSAL}${reason.replaceAll("'", '’')}`;
}
