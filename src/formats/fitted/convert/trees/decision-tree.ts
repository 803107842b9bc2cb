import type { GraphBuilder, GraphValue } from '../../graph/graph-builder.ts';
import { classCount } from '../classes.ts';
import type { Converter } from '../converter.ts';
import { fittedTree } from './fitted-tree.ts';
import {
  checkOutputs,
  largestAt,
  outputClasses,
  readProbabilities,
  splitOutputs,
} from './leaf-probabilities.ts';
import { leafSums } from './leaf-sums.ts';
import { checkTargets, readTargets } from './leaf-targets.ts';
import { treeTakesNaN } from './nan-rules.ts';
import { outputsOf } from './output-predictions.ts';

/** The leaf's probabilities, and the class of which it has most before they are divided by their sum. */
export const decisionTreeClassifier: Converter = {
  predict(estimator, features, scope) {
    const { graph } = scope;
    const tree = fittedTree(estimator, features.width);
    if (!treeTakesNaN(estimator, tree)) scope.refuseNaN(features);
    const classes = outputClasses(estimator);
    checkOutputs([tree], classes, estimator);
    const counts = classes.map(classCount);
    const probabilities = counts.reduce((sum, count) => sum + count, 0);
    const answer = leafSums(graph, features.matrix(), [tree], {
      // After the probabilities comes, for each output, the place of its largest value.
      width: probabilities + classes.length,
      read: (fitted, node, row) => {
        readProbabilities(fitted, node, counts, row);
        for (const [output, count] of counts.entries())
          row[probabilities + output] = largestAt(fitted, node, output, count);
      },
    });
    const parts = splitOutputs(graph, answer, [...counts, ...counts.map(() => 1)]);
    return outputsOf(
      classes.map((own, output) => ({
        kind: 'classifier',
        classes: own,
        probabilities: parts[output] as GraphValue,
        index: positions(graph, parts[classes.length + output] as GraphValue),
        decision: null,
      })),
    );
  },
};

/** The leaf's value, one for each target. */
export const decisionTreeRegressor: Converter = {
  predict(estimator, features, scope) {
    const tree = fittedTree(estimator, features.width);
    if (!treeTakesNaN(estimator, tree)) scope.refuseNaN(features);
    const targets = checkTargets([tree]);
    const values = leafSums(scope.graph, features.matrix(), [tree], { width: targets, read: readTargets });
    return { kind: 'regressor', values, targets };
  },
};

/** `[rows, 1]` of whole numbers → `[rows]`, int64. */
function positions(graph: GraphBuilder, numbers: GraphValue): GraphValue {
  return graph.cast(graph.op('Squeeze', numbers, graph.int64s([1])), 'int64');
}
