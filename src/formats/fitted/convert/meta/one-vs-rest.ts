import { GatewayError } from '../../../../errors.ts';
import type { GraphBuilder, GraphValue } from '../../graph/graph-builder.ts';
import type { Stored } from '../../values/stored.ts';
import { classCount, classesOf } from '../classes.ts';
import type { Converter } from '../converter.ts';
import type { Classification, Prediction } from '../prediction.ts';
import { beside, column } from '../response.ts';
import { firstMaximum, twoColumns } from '../scores.ts';
import { sklearnMinor } from '../sklearn-version.ts';
import { binaryScore, binaryThreshold, isAbove } from './binary-score.ts';
import { fittedParts } from './fitted-parts.ts';

interface Member {
  readonly part: Stored;
  readonly prediction: Prediction;
  readonly score: GraphValue;
}

/** One binary estimator for each class, or for each label of several that may hold at once. */
export const oneVsRest: Converter = {
  predict(estimator, features, scope) {
    const { graph } = scope;
    const members = fittedParts(estimator).map((part): Member => {
      const prediction = scope.predict(part, features);
      return { part, prediction, score: binaryScore(graph, prediction, part) };
    });
    const kind = estimator.get('label_binarizer_').get('y_type_').text();
    if (kind === 'multilabel-indicator') return multiLabel(graph, members);
    return ofClasses(graph, estimator, members);
  },
};

function multiLabel(graph: GraphBuilder, members: readonly Member[]): Prediction {
  const threshold = thresholdOf(members);
  const scores = beside(
    graph,
    members.map(({ score }) => score),
  );
  return {
    kind: 'multi-label',
    labels: members.length,
    indicators: graph.cast(graph.op('Greater', scores, graph.real(threshold)), 'int64'),
    probabilities: secondColumns(graph, members),
  };
}

function ofClasses(graph: GraphBuilder, estimator: Stored, members: readonly Member[]): Classification {
  const classes = classesOf(estimator.get('label_binarizer_').get('classes_'));
  const count = classCount(classes);
  if (count === 1)
    throw new GatewayError('UNSUPPORTED_MODEL', `${estimator.label} was fitted on one class only`);
  if (members.length !== (count === 2 ? 1 : count)) {
    throw new GatewayError(
      'INVALID_MODEL',
      `${estimator.label} has ${members.length} estimators for ${count} classes`,
    );
  }
  const seconds = secondColumns(graph, members);
  const hasDecision = members.every(
    ({ prediction }) => prediction.kind === 'classifier' && prediction.decision !== null,
  );
  const scores = beside(
    graph,
    members.map(({ score }) => score),
  );
  const both = seconds !== null && members.length === 1 ? twoColumns(graph, seconds) : seconds;
  return {
    kind: 'classifier',
    classes,
    index:
      members.length === 1
        ? isAbove(graph, scores, thresholdOf(members))
        : bestOf(graph, scores, count, sklearnMinor(estimator) >= 8),
    probabilities: both && dividedBySum(graph, both, sklearnMinor(estimator) >= 7),
    decision: hasDecision ? scores : null,
  };
}

/** scikit-learn asks the first estimator alone. */
function thresholdOf(members: readonly Member[]): number {
  const { prediction, part } = members[0] as Member;
  return binaryThreshold(prediction, part);
}

/** Probability of the second class of each, `[rows, members]`; `null` if one has none. */
function secondColumns(graph: GraphBuilder, members: readonly Member[]): GraphValue | null {
  const each = members.map(({ prediction }) =>
    prediction.kind === 'classifier' ? prediction.probabilities : null,
  );
  if (!each.every((value) => value !== null)) return null;
  return beside(
    graph,
    each.map((value) => column(graph, value, 1)),
  );
}

/** Until scikit-learn 1.7 the last of equal scores won. */
function bestOf(graph: GraphBuilder, scores: GraphValue, count: number, isFirst: boolean): GraphValue {
  if (isFirst) return firstMaximum(graph, scores);
  const reversed = graph.int64s(Array.from({ length: count }, (_, at) => count - 1 - at));
  const mirrored = graph.node('Gather', [scores, reversed], { attributes: { axis: { integer: 1 } } });
  return graph.op('Sub', graph.int64s([count - 1]), firstMaximum(graph, mirrored));
}

/** A row of zeros stays; until scikit-learn 1.6 it became NaN. */
function dividedBySum(graph: GraphBuilder, values: GraphValue, keepsZeros: boolean): GraphValue {
  const sum = graph.op('ReduceSum', values, graph.int64s([1]));
  if (!keepsZeros) return graph.op('Div', values, sum);
  const isZero = graph.op('Equal', sum, graph.real(0));
  return graph.op('Div', values, graph.op('Where', isZero, graph.real(1), sum));
}
