import type { GraphBuilder, GraphValue } from '../../../graph/graph-builder.ts';

/**
 * Links in single precision, rounded step by step as XGBoost's own (`src/common/math.h`), so that a probability is the same
 * number to its last bit, and a label the same at 0.5. C's `expf` is correctly rounded but for some of 10⁷ arguments: so is
 * the exponential in double precision that is rounded afterwards. Arguments and results are float, whatever the graph's
 * working precision.
 */
export function exponential(graph: GraphBuilder, values: GraphValue): GraphValue {
  return graph.cast(graph.op('Exp', graph.cast(values, 'double')), 'float');
}

export function floatSigmoid(graph: GraphBuilder, margins: GraphValue): GraphValue {
  const one = graph.floats([1], []);
  const denominator = graph.op('Add', exponential(graph, graph.op('Neg', margins)), one);
  return graph.op('Div', one, denominator);
}

/** Softmax of each row; the exponentials are summed in double precision. */
export function floatSoftmax(graph: GraphBuilder, margins: GraphValue): GraphValue {
  const largest = graph.node('ReduceMax', [margins, graph.int64s([1])]);
  const exponentials = exponential(graph, graph.op('Sub', margins, largest));
  const sum = graph.op('ReduceSum', graph.cast(exponentials, 'double'), graph.int64s([1]));
  return graph.op('Div', exponentials, graph.cast(sum, 'float'));
}
