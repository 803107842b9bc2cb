import type { GraphBuilder, GraphValue } from '../graph/graph-builder.ts';

/** Pieces that many classifiers share: from scores to probabilities and to the position of the label. */

/**
 * 1 / (1 + e^−x). The operator Sigmoid of onnxruntime 1.30 is exact to a unit of the last place of 1 only: at −20 it is off
 * by 4e-8 of its value and below −37 it is 0, which shows wherever such values are divided by their sum.
 */
export function sigmoid(graph: GraphBuilder, scores: GraphValue): GraphValue {
  const power = graph.op('Exp', graph.op('Neg', scores));
  return graph.op('Div', graph.real(1), graph.op('Add', graph.real(1), power));
}

/** `[rows, 1]` of the second class's probability → `[rows, 2]`. */
export function twoColumns(graph: GraphBuilder, second: GraphValue): GraphValue {
  const first = graph.op('Sub', graph.real(1), second);
  return graph.node('Concat', [first, second], { attributes: { axis: { integer: 1 } } });
}

/** Softmax over the columns. */
export function softmax(graph: GraphBuilder, scores: GraphValue): GraphValue {
  return graph.node('Softmax', [scores], { attributes: { axis: { integer: 1 } } });
}

/** `[rows, columns]` divided by the sum of its row; a row of zeros becomes 1 / columns. */
export function normalisedRows(graph: GraphBuilder, values: GraphValue, columns: number): GraphValue {
  const sum = graph.op('ReduceSum', values, graph.int64s([1]));
  const isZero = graph.op('Equal', sum, graph.real(0));
  const divided = graph.op('Div', values, graph.op('Where', isZero, graph.real(1), sum));
  return graph.op('Where', isZero, graph.real(1 / columns), divided);
}

/** Position of the largest of each row, the first among equals, as numpy's: `[rows]`, int64. */
export function firstMaximum(graph: GraphBuilder, scores: GraphValue): GraphValue {
  return graph.node('ArgMax', [scores], { attributes: { axis: { integer: 1 }, keepdims: { integer: 0 } } });
}

/** `[rows, 1]` → whether it is above zero, as position 0 or 1: `[rows]`, int64. */
export function isPositive(graph: GraphBuilder, scores: GraphValue): GraphValue {
  const positive = graph.cast(graph.op('Greater', scores, graph.real(0)), 'int64');
  return graph.op('Squeeze', positive, graph.int64s([1]));
}

/** As `isPositive`, zero included. */
export function isNotNegative(graph: GraphBuilder, scores: GraphValue): GraphValue {
  const positive = graph.cast(graph.op('GreaterOrEqual', scores, graph.real(0)), 'int64');
  return graph.op('Squeeze', positive, graph.int64s([1]));
}

/** `[rows, 1]` → 1 where it is not below zero, else −1 (an outlier): `[rows]`, int64. */
export function outlierLabel(graph: GraphBuilder, decision: GraphValue): GraphValue {
  const isInlier = isNotNegative(graph, decision);
  return graph.op('Sub', graph.op('Mul', isInlier, graph.int64s([2])), graph.int64s([1]));
}
