import { GatewayError } from '../../../../errors.ts';
import type { GraphBuilder, GraphValue } from '../../graph/graph-builder.ts';
import { classCount, classesOf } from '../classes.ts';
import type { Converter } from '../converter.ts';
import { beside, column, responseOf } from '../response.ts';
import { firstMaximum } from '../scores.ts';
import { binaryScore, binaryThreshold, isAbove } from './binary-score.ts';
import { fittedParts } from './fitted-parts.ts';

/** Tables of pairs × classes are held in memory; honest models have a few dozen classes. */
const MAX_CLASSES = 150;

/**
 * One binary estimator for each pair of classes: each votes, and the sum of their scores, squeezed below a third of a
 * vote, decides between classes with as many votes.
 */
export const oneVsOne: Converter = {
  predict(estimator, features, scope) {
    const { graph } = scope;
    if (estimator.find('pairwise_indices_') !== null) {
      throw new GatewayError('UNSUPPORTED_MODEL', `${estimator.label} works on a precomputed kernel`);
    }
    const classes = classesOf(estimator.get('classes_'));
    const count = classCount(classes);
    if (count > MAX_CLASSES) {
      throw new GatewayError(
        'UNSUPPORTED_MODEL',
        `${estimator.label} pairs ${count} classes, and more than ${MAX_CLASSES} are not served`,
      );
    }
    const parts = fittedParts(estimator);
    if (parts.length !== (count * (count - 1)) / 2) {
      throw new GatewayError(
        'INVALID_MODEL',
        `${estimator.label} has ${parts.length} estimators for the pairs of ${count} classes`,
      );
    }
    const asked = parts.map((part) => {
      const prediction = scope.predict(part, features);
      const answer = responseOf(graph, prediction, 'predict', part).value;
      return { part, prediction, answer, score: binaryScore(graph, prediction, part) };
    });
    const decision = decisionOf(
      graph,
      count,
      beside(
        graph,
        asked.map(({ answer }) => answer),
      ),
      beside(
        graph,
        asked.map(({ score }) => score),
      ),
    );
    if (count > 2) {
      const index = firstMaximum(graph, decision);
      return { kind: 'classifier', classes, index, probabilities: null, decision };
    }
    const [{ prediction, part }] = asked as [(typeof asked)[0]];
    const second = column(graph, decision, 1);
    const index = isAbove(graph, second, binaryThreshold(prediction, part));
    return { kind: 'classifier', classes, index, probabilities: null, decision: second };
  },
  limits: `more than ${MAX_CLASSES} classes`,
};

/** `[rows, pairs]` of answers (0 or 1) and scores → `[rows, classes]`, as scikit-learn's `_ovr_decision_function`. */
function decisionOf(
  graph: GraphBuilder,
  classes: number,
  answers: GraphValue,
  scores: GraphValue,
): GraphValue {
  const pairs = Array.from({ length: classes }, (_, first) =>
    Array.from({ length: classes - first - 1 }, (_, offset) => [first, first + 1 + offset] as const),
  ).flat();
  /** `[pairs, classes]`: what a pair adds to its first class and to its second. */
  const table = (first: number, second: number) =>
    graph.reals(
      pairs.flatMap((pair) =>
        Array.from({ length: classes }, (_, at) => (at === pair[0] ? first : at === pair[1] ? second : 0)),
      ),
      [pairs.length, classes],
    );
  const isAnswer = (value: number) => graph.castReal(graph.op('Equal', answers, graph.real(value)));
  const votes = graph.op(
    'Add',
    graph.op('MatMul', isAnswer(0), table(1, 0)),
    graph.op('MatMul', isAnswer(1), table(0, 1)),
  );
  const sums = graph.op('MatMul', scores, table(-1, 1));
  const size = graph.op('Add', graph.op('Abs', sums), graph.real(1));
  return graph.op('Add', votes, graph.op('Div', sums, graph.op('Mul', graph.real(3), size)));
}
