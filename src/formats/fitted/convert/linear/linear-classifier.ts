import { classesOf } from '../classes.ts';
import type { Converter } from '../converter.ts';
import { checkScoreCount, labelOfScores } from './class-scores.ts';
import { linearScores } from './linear-scores.ts';

/** Labels by linear scores, without probabilities: Perceptron, LinearSVC, PassiveAggressiveClassifier. */
export const linearClassifier: Converter = {
  predict(estimator, features, scope) {
    scope.refuseNaN(features);
    const classes = classesOf(estimator.get('classes_'));
    const { value: decision, count } = linearScores(estimator, features, scope.graph);
    checkScoreCount(estimator, count, classes);
    return {
      kind: 'classifier',
      classes,
      index: labelOfScores(scope.graph, decision, classes),
      probabilities: null,
      decision,
    };
  },
};
