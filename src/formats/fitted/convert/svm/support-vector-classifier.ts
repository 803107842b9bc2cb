import { GatewayError } from '../../../../errors.ts';
import type { GraphBuilder, GraphValue } from '../../graph/graph-builder.ts';
import type { Stored } from '../../values/stored.ts';
import { classCount, classesOf } from '../classes.ts';
import type { Converter } from '../converter.ts';
import { firstMaximum, isNotNegative } from '../scores.ts';
import { coupledProbabilities } from './coupled-probabilities.ts';
import { oneVsRestDecision, pairDecisions, pairsOf, votes } from './pair-decisions.ts';
import { KERNEL_LIMITS } from './support-vectors.ts';

/**
 * SVC and NuSVC: each pair of classes votes, and the label is that of most votes, not that of the highest decision (unless
 * `break_ties`). Probabilities, where the estimator was fitted with them, may contradict the label: so do scikit-learn's.
 */
export const supportVectorClassifier: Converter = {
  limits: KERNEL_LIMITS,
  predict(estimator, features, scope) {
    scope.refuseNaN(features);
    const { graph } = scope;
    const classes = classesOf(estimator.get('classes_'));
    const count = classCount(classes);
    if (count < 2) {
      throw new GatewayError('INVALID_MODEL', `${estimator.label} has only ${count} class`);
    }
    const pairs = pairDecisions(graph, estimator, features, count);
    const decision = publicDecision(graph, estimator, pairs, count);
    const index =
      count === 2
        ? isNotNegative(graph, graph.op('Neg', pairs))
        : firstMaximum(
            graph,
            breaksTies(estimator) && decision !== null
              ? decision
              : votes(graph, graph.op('Greater', pairs, graph.real(0)), count),
          );
    const probabilities = hasProbabilities(estimator)
      ? coupledProbabilities(graph, estimator, pairs, count)
      : null;
    return { kind: 'classifier', classes, index, probabilities, decision };
  },
};

/** As `decision_function`; there is none where it has another number of columns than classes (`"ovo"`, a column a pair). */
function publicDecision(
  graph: GraphBuilder,
  estimator: Stored,
  pairs: GraphValue,
  count: number,
): GraphValue | null {
  if (count === 2) return graph.op('Neg', pairs);
  const shape = estimator.get('decision_function_shape').text();
  if (shape === 'ovr') return oneVsRestDecision(graph, pairs, count);
  return pairsOf(count).length === count ? pairs : null;
}

function breaksTies(estimator: Stored): boolean {
  return estimator.find('break_ties')?.boolean() ?? false;
}

/** `"deprecated"` is the default since scikit-learn 1.9, and means no. */
function hasProbabilities(estimator: Stored): boolean {
  const stored = estimator.get('probability');
  return stored.value !== 'deprecated' && stored.boolean();
}
