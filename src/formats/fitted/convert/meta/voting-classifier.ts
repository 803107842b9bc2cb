import { GatewayError } from '../../../../errors.ts';
import type { GraphBuilder, GraphValue } from '../../graph/graph-builder.ts';
import type { Stored } from '../../values/stored.ts';
import { classCount, classesOf } from '../classes.ts';
import type { Converter, Scope } from '../converter.ts';
import { Features } from '../features.ts';
import type { Classes } from '../prediction.ts';
import { asColumn, beside } from '../response.ts';
import { firstMaximum } from '../scores.ts';
import { classifierOf, onEncodedLabels } from './encoded-labels.ts';
import { fittedParts } from './fitted-parts.ts';
import { total, weightedMean, weightsOf } from './weighted-mean.ts';

/**
 * Soft: mean of the probabilities. Hard: the class with most votes, the first among equals, without probabilities. Its
 * parts were fitted on the positions of the labels.
 */
export const votingClassifier: Converter = {
  predict(estimator, features, scope) {
    const { graph } = scope;
    const classes = classesOf(estimator.get('classes_'));
    const weights = weightsOf(estimator, fittedParts(estimator).length);
    if (isSoft(estimator)) {
      const probabilities = weightedMean(
        graph,
        probabilitiesOf(estimator, features, scope, classes),
        weights,
      );
      const index = firstMaximum(graph, probabilities);
      return { kind: 'classifier', classes, index, probabilities, decision: null };
    }
    const votes = positionsOf(estimator, features, scope, classes).map((position, at) =>
      vote(graph, position, classCount(classes), weights?.[at] ?? 1),
    );
    const index = firstMaximum(graph, total(graph, votes));
    return { kind: 'classifier', classes, index, probabilities: null, decision: null };
  },
  transform(estimator, features, scope) {
    const { graph } = scope;
    const classes = classesOf(estimator.get('classes_'));
    if (!isSoft(estimator)) {
      const positions = positionsOf(estimator, features, scope, classes).map((position) =>
        asColumn(graph, graph.castReal(position)),
      );
      return Features.made(graph, beside(graph, positions), positions.length);
    }
    if (!estimator.get('flatten_transform').boolean()) {
      throw new GatewayError(
        'UNSUPPORTED_MODEL',
        `${estimator.label} has flatten_transform=False, with which transform gives no table`,
      );
    }
    const probabilities = probabilitiesOf(estimator, features, scope, classes);
    return Features.made(graph, beside(graph, probabilities), probabilities.length * classCount(classes));
  },
  limits: 'transform with flatten_transform=False',
};

function isSoft(estimator: Stored): boolean {
  const voting = estimator.get('voting').text();
  if (voting === 'soft' || voting === 'hard') return voting === 'soft';
  throw new GatewayError('INVALID_MODEL', `${estimator.label} has voting "${voting}"`);
}

/** By position alone: scikit-learn looks at no label here. */
function probabilitiesOf(
  estimator: Stored,
  features: Features,
  scope: Scope,
  classes: Classes,
): GraphValue[] {
  return fittedParts(estimator).map((part) => {
    const { probabilities, classes: own } = classifierOf(scope.predict(part, features), part);
    if (probabilities !== null && classCount(own) === classCount(classes)) return probabilities;
    throw new GatewayError(
      'UNSUPPORTED_MODEL',
      `${part.label} gives no probabilities of the ${classCount(classes)} classes of ${estimator.label}`,
    );
  });
}

function positionsOf(estimator: Stored, features: Features, scope: Scope, classes: Classes): GraphValue[] {
  return fittedParts(estimator).map(
    (part) => onEncodedLabels(scope.predict(part, features), classes, part).index,
  );
}

/** `[rows, classes]`, always in double precision, as ties are common: the weight in the column of the position. */
function vote(graph: GraphBuilder, position: GraphValue, classes: number, weight: number): GraphValue {
  const columns = graph.int64s(Array.from({ length: classes }, (_, at) => at));
  const isVoted = graph.op('Equal', asColumn(graph, position), columns);
  return graph.op('Mul', graph.cast(isVoted, 'double'), graph.doubles([weight], []));
}
