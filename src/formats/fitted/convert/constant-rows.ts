import type { GraphBuilder, GraphValue } from '../graph/graph-builder.ts';
import type { Features } from './features.ts';

/** The same row for each row of the request, whatever is in it: `constant` is `[width]`, the result `[rows, width]`. */
export function constantRows(
  graph: GraphBuilder,
  features: Features,
  constant: GraphValue,
  width: number,
): GraphValue {
  return graph.op('Expand', constant, joined(graph, [rowCount(graph, features), graph.int64s([width])]));
}

/** The same number for each row, `[rows]`, int64. */
export function constantIndex(graph: GraphBuilder, features: Features, index: number): GraphValue {
  return graph.op('Expand', graph.int64s([index]), rowCount(graph, features));
}

/** Number of rows, `[1]`, int64. */
function rowCount(graph: GraphBuilder, features: Features): GraphValue {
  return graph.node('Shape', [features.column(0).value], {
    attributes: { start: { integer: 0 }, end: { integer: 1 } },
  });
}

function joined(graph: GraphBuilder, parts: readonly GraphValue[]): GraphValue {
  return graph.node('Concat', parts, { attributes: { axis: { integer: 0 } } });
}
