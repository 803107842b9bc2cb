import { classesOf } from '../classes.ts';
import type { Converter } from '../converter.ts';
import { checkScoreCount, labelOfScores } from './class-scores.ts';
import { linearScores } from './linear-scores.ts';

/** RidgeClassifier and RidgeClassifierCV: labels by linear scores; trained on several labels, each by its own. */
export const ridgeClassifier: Converter = {
  predict(estimator, features, scope) {
    scope.refuseNaN(features);
    const { graph } = scope;
    // `classes_` is an attribute since scikit-learn 1.9 only.
    const binarizer = estimator.get('_label_binarizer');
    const { value: decision, count } = linearScores(estimator, features, graph);
    if (binarizer.get('y_type_').text().startsWith('multilabel')) {
      const indicators = graph.cast(graph.op('Greater', decision, graph.real(0)), 'int64');
      return { kind: 'multi-label', labels: count, indicators, probabilities: null };
    }
    const classes = classesOf(binarizer.get('classes_'));
    checkScoreCount(estimator, count, classes);
    const index = labelOfScores(graph, decision, classes);
    return { kind: 'classifier', classes, index, probabilities: null, decision };
  },
};
