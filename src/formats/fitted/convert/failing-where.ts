import type { GraphBuilder, GraphValue } from '../graph/graph-builder.ts';

/**
 * `value`, of any type and shape, as it is; but the run fails if one of the conditions (bool, `[rows, any]`) holds of any
 * row. ONNX has no way to say so but an index outside of a table.
 */
export function failingWhere(
  graph: GraphBuilder,
  conditions: readonly GraphValue[],
  value: GraphValue,
): GraphValue {
  const [only] = conditions;
  if (only === undefined) return value;
  const all =
    conditions.length === 1
      ? only
      : graph.node('Concat', conditions, { attributes: { axis: { integer: 1 } } });
  const first = graph.int64s([0]);
  const index = graph.op('Reshape', graph.node('ReduceMax', [graph.cast(all, 'int64')]), graph.int64s([1]));
  return graph.op('Squeeze', graph.op('Gather', graph.op('Unsqueeze', value, first), index), first);
}
