import { GatewayError } from '../../../../errors.ts';
import type { GraphValue } from '../../graph/graph-builder.ts';
import type { Stored } from '../../values/stored.ts';
import { classCount } from '../classes.ts';
import type { Converter, Scope } from '../converter.ts';
import type { Features } from '../features.ts';
import { firstMaximum } from '../scores.ts';
import { sklearnMinor } from '../sklearn-version.ts';
import { type FittedTree, fittedTree } from './fitted-tree.ts';
import { checkOutputs, outputClasses, readProbabilities, splitOutputs } from './leaf-probabilities.ts';
import { leafSums } from './leaf-sums.ts';
import { checkTargets, readTargets } from './leaf-targets.ts';
import { treeTakesNaN } from './nan-rules.ts';
import { outputsOf } from './output-predictions.ts';

/** The mean of the trees' probabilities: they are added in order, then divided by their number. */
export const forestClassifier: Converter = {
  predict(estimator, features, scope) {
    const { graph } = scope;
    const trees = treesOf(estimator, features, scope);
    const classes = outputClasses(estimator);
    checkOutputs(trees, classes, estimator);
    const counts = classes.map(classCount);
    const sums = leafSums(graph, features.matrix(), trees, {
      width: counts.reduce((sum, count) => sum + count, 0),
      read: (tree, node, row) => readProbabilities(tree, node, counts, row),
    });
    const means = splitOutputs(graph, graph.op('Div', sums, graph.real(trees.length)), counts);
    return outputsOf(
      classes.map((own, output) => {
        const probabilities = means[output] as GraphValue;
        const index = firstMaximum(graph, probabilities);
        return { kind: 'classifier', classes: own, probabilities, index, decision: null };
      }),
    );
  },
};

/** The mean of the trees' values. */
export const forestRegressor: Converter = {
  predict(estimator, features, scope) {
    const { graph } = scope;
    const trees = treesOf(estimator, features, scope);
    const targets = checkTargets(trees);
    const sums = leafSums(graph, features.matrix(), trees, { width: targets, read: readTargets });
    return { kind: 'regressor', values: graph.op('Div', sums, graph.real(trees.length)), targets };
  },
};

/** The trees of a forest, checked; tells the scope whether they take NaN. @throws GatewayError INVALID_MODEL. */
export function treesOf(forest: Stored, features: Features, scope: Scope): FittedTree[] {
  const estimators = forest.get('estimators_').items();
  const trees = estimators.map((estimator) => fittedTree(estimator, features.width));
  const [first] = trees;
  if (first === undefined) throw new GatewayError('INVALID_MODEL', `${forest.label} has no trees`);
  // Since 1.4, forests ask their first tree.
  const takesNaN = sklearnMinor(forest) >= 4 && treeTakesNaN(estimators[0] as Stored, first);
  if (!takesNaN || trees.some(({ tree }) => tree.missing === null)) scope.refuseNaN(features);
  return trees;
}
