import type { GraphBuilder, GraphValue } from '../../graph/graph-builder.ts';

/** As `numpy.clip`: NaN stays NaN (ONNX leaves to the runtime what its own Clip makes of it). */
export function clipped(graph: GraphBuilder, value: GraphValue, low: number, high: number): GraphValue {
  const bottom = graph.real(low);
  const top = graph.real(high);
  const raised = graph.op('Where', graph.op('Less', value, bottom), bottom, value);
  return graph.op('Where', graph.op('Greater', raised, top), top, raised);
}
