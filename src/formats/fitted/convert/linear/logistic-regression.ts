import type { Stored } from '../../values/stored.ts';
import { classCount, classesOf } from '../classes.ts';
import type { Converter } from '../converter.ts';
import { firstMaximum, isPositive, normalisedRows, sigmoid, softmax, twoColumns } from '../scores.ts';
import { checkScoreCount } from './class-scores.ts';
import { linearScores } from './linear-scores.ts';

/**
 * Two classes: the sigmoid of one score, or softmax of −z and z where it was fitted as multinomial. More: softmax, or the
 * normalised sigmoids of one-vs-rest.
 */
export const logisticRegression: Converter = {
  predict(estimator, features, scope) {
    scope.refuseNaN(features);
    const { graph } = scope;
    const classes = classesOf(estimator.get('classes_'));
    const count = classCount(classes);
    const { value: scores, count: scoreCount } = linearScores(estimator, features, graph);
    checkScoreCount(estimator, scoreCount, classes);
    const rule = ruleOf(estimator, count);
    if (count === 2) {
      const doubled = rule === 'multinomial' ? graph.op('Add', scores, scores) : scores;
      const probabilities = twoColumns(graph, sigmoid(graph, doubled));
      return {
        kind: 'classifier',
        classes,
        index: isPositive(graph, scores),
        probabilities,
        decision: scores,
      };
    }
    const probabilities =
      rule === 'one-vs-rest' ? normalisedRows(graph, sigmoid(graph, scores), count) : softmax(graph, scores);
    return {
      kind: 'classifier',
      classes,
      index: firstMaximum(graph, scores),
      probabilities,
      decision: scores,
    };
  },
};

/** As `LogisticRegression.predict_proba` decides; the parameter went with scikit-learn 1.8. */
function ruleOf(estimator: Stored, classes: number): 'plain' | 'multinomial' | 'one-vs-rest' {
  const multiClass = estimator.find('multi_class')?.text() ?? null;
  if (multiClass === null) return 'plain';
  if (multiClass === 'ovr' || multiClass === 'warn') return 'one-vs-rest';
  const isLeftToSolver = multiClass === 'auto' || multiClass === 'deprecated';
  return isLeftToSolver && (classes === 2 || hasOnlyOneVsRest(estimator)) ? 'one-vs-rest' : 'multinomial';
}

/** Until scikit-learn 1.5 newton-cholesky could not fit several classes at once either. */
function hasOnlyOneVsRest(estimator: Stored): boolean {
  const solver = estimator.get('solver').text();
  if (solver !== 'newton-cholesky') return solver === 'liblinear';
  const version = /^1\.(\d+)/.exec(estimator.get('_sklearn_version').text());
  return version !== null && Number(version[1]) <= 5;
}
