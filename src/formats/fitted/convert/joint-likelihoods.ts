import type { GraphBuilder, GraphValue } from '../graph/graph-builder.ts';
import type { Classes, Classification } from './prediction.ts';
import { firstMaximum, softmax } from './scores.ts';

/** What a classifier says that knows the joint log likelihood of each row with each class, `[rows, classes]`. */
export function ofLikelihoods(graph: GraphBuilder, classes: Classes, joint: GraphValue): Classification {
  return {
    kind: 'classifier',
    classes,
    index: firstMaximum(graph, joint),
    probabilities: softmax(graph, joint),
    decision: null,
  };
}

/** Second column less the first for two classes, as `[rows, 1]`; else all, as scikit-learn's `decision_function`. */
export function decisionOf(graph: GraphBuilder, scores: GraphValue, classes: number): GraphValue {
  if (classes !== 2) return scores;
  const column = (at: number) =>
    graph.node('Gather', [scores, graph.int64s([at])], { attributes: { axis: { integer: 1 } } });
  return graph.op('Sub', column(1), column(0));
}
