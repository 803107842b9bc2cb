import type { GraphBuilder, GraphValue } from '../../graph/graph-builder.ts';
import { classCount, classesOf } from '../classes.ts';
import type { Converter } from '../converter.ts';
import { normalisedRows, sigmoid, twoColumns } from '../scores.ts';
import { checkScoreCount, labelOfScores } from './class-scores.ts';
import { linearScores } from './linear-scores.ts';

/** `loss` decides whether there are probabilities: the sigmoid for logistic loss, a clipped line for modified Huber. */
export const sgdClassifier: Converter = {
  predict(estimator, features, scope) {
    scope.refuseNaN(features);
    const { graph } = scope;
    const classes = classesOf(estimator.get('classes_'));
    const { value: decision, count } = linearScores(estimator, features, graph);
    checkScoreCount(estimator, count, classes);
    const each = eachProbability(graph, estimator.get('loss').text(), decision);
    const probabilities =
      each === null
        ? null
        : count === 1
          ? twoColumns(graph, each)
          : normalisedRows(graph, each, classCount(classes));
    return {
      kind: 'classifier',
      classes,
      index: labelOfScores(graph, decision, classes),
      probabilities,
      decision,
    };
  },
};

function eachProbability(graph: GraphBuilder, loss: string, scores: GraphValue): GraphValue | null {
  // `log` is what scikit-learn 1.2 still calls `log_loss`.
  if (loss === 'log_loss' || loss === 'log') return sigmoid(graph, scores);
  if (loss !== 'modified_huber') return null;
  const clipped = graph.op('Clip', scores, graph.real(-1), graph.real(1));
  return graph.op('Div', graph.op('Add', clipped, graph.real(1)), graph.real(2));
}
