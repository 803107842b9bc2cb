import { describe, expect, it } from 'vitest';
import { convertModel } from '../../../../../src/formats/fitted/convert/convert-model.ts';
import type { StoredValue } from '../../../../../src/formats/fitted/values/stored-value.ts';
import { doubles, integers, list, object, texts } from '../../build-stored.ts';
import { compareFixture, familyFixtures } from '../../family-fixtures.ts';
import { runGraph } from '../../run-graph.ts';

const TOLERANCE = 1e-13;

/** Two features; the score of the second class is their weighted sum. */
function logistic(weights: readonly number[], classes: StoredValue = integers([0, 1])) {
  return object('sklearn.linear_model._logistic.LogisticRegression', {
    n_features_in_: weights.length,
    classes_: classes,
    coef_: doubles(weights, [1, weights.length]),
    intercept_: doubles([0]),
  });
}

function regressor(weights: readonly number[] = [1, 2]) {
  return object('sklearn.linear_model._base.LinearRegression', {
    n_features_in_: weights.length,
    coef_: doubles(weights),
    intercept_: 0,
  });
}

function ensemble(
  name: string,
  parts: readonly StoredValue[],
  attributes: Readonly<Record<string, StoredValue>>,
) {
  return object(`sklearn.ensemble._voting.${name}`, { estimators_: list(...parts), ...attributes });
}

function voting(parts: readonly StoredValue[], attributes: Readonly<Record<string, StoredValue>> = {}) {
  const classes = texts(['no', 'yes']);
  const names = list(...parts.map((part, at) => list(`part${at}`, part)));
  return ensemble('VotingClassifier', parts, {
    classes_: classes,
    voting: 'hard',
    estimators: names,
    weights: null,
    flatten_transform: true,
    ...attributes,
  });
}

describe('compositions', () => {
  it.each(familyFixtures('meta'))('answer as scikit-learn does: %s', async (name) => {
    const { worst, wrongLabels, outputs } = await compareFixture('meta', name);
    expect({ wrongLabels, outputs: outputs.length > 0 }).toEqual({ wrongLabels: 0, outputs: true });
    expect(worst).toBeLessThan(TOLERANCE);
  });

  it('tell what they are made of', () => {
    const model = object('sklearn.model_selection._search.GridSearchCV', {
      best_estimator_: voting([logistic([1, 2]), logistic([3, 4])]),
    });
    expect(convertModel(model, null).estimator).toBe(
      'GridSearchCV(VotingClassifier(LogisticRegression × 2))',
    );
  });

  describe('VotingClassifier', () => {
    it('gives a tie of votes to the first class', async () => {
      const { onnx } = convertModel(voting([logistic([1, 0]), logistic([0, 1])]), null);
      const { label } = await runGraph(onnx, 3, { X: { reals: [1, -1, -1, 1, 1, 1] } });
      expect(label).toEqual(['no', 'no', 'yes']);
    });

    it('skips the weights of dropped estimators', async () => {
      const [first, second] = [logistic([1, 0]), logistic([0, 1])];
      const names = list(list('a', first), list('b', 'drop'), list('c', second));
      const model = voting([first, second], { estimators: names, weights: list(1, 9, 2) });
      const { onnx } = convertModel(model, null);
      const { label } = await runGraph(onnx, 2, { X: { reals: [1, -1, -1, 1] } });
      expect(label).toEqual(['no', 'yes']);
    });
  });

  it.each<[string, StoredValue, string]>([
    [
      'a search that fitted nothing again',
      object('sklearn.model_selection._search.GridSearchCV', { refit: false }),
      'GridSearchCV was made with refit=False and holds no fitted estimator; log the estimator that was fitted',
    ],
    [
      'votes of a classifier that knows other labels',
      voting([logistic([1, 2], texts(['no', 'yes']))]),
      'LogisticRegression at estimators_[0] was fitted on other labels than 0 to 1',
    ],
    [
      'probabilities of other classes',
      voting([logistic([1, 2])], { voting: 'soft', classes_: integers([1, 2, 3]) }),
      'LogisticRegression at estimators_[0] gives no probabilities of the 3 classes of VotingClassifier',
    ],
    [
      'a vote that is neither',
      voting([logistic([1, 2])], { voting: 'loud' }),
      'VotingClassifier has voting "loud"',
    ],
    [
      'too few weights',
      voting([logistic([1, 2]), logistic([2, 1])], { weights: list(1) }),
      'weights are not one number for each estimator',
    ],
    [
      'weights that add up to nothing',
      voting([logistic([1, 2]), logistic([2, 1])], { voting: 'soft', weights: list(1, -1) }),
      'the weights of a mean add up to zero',
    ],
    ['a regressor that votes', voting([regressor()]), 'a classifier of one target is needed'],
    [
      'a classifier in a mean of numbers',
      ensemble('VotingRegressor', [logistic([1, 2])], { weights: null }),
      'LogisticRegression at estimators_[0] is used where a regressor of one target is needed',
    ],
    ['no estimators', voting([]), 'VotingClassifier has no fitted estimators'],
    [
      'a method that is not known',
      object('sklearn.ensemble._stacking.StackingRegressor', {
        estimators_: list(regressor()),
        stack_method_: list('score'),
        final_estimator_: regressor([1]),
        passthrough: false,
      }),
      'stack_method_[0] is the method "score", which is not known',
    ],
    [
      'fewer methods than estimators',
      object('sklearn.ensemble._stacking.StackingRegressor', {
        estimators_: list(regressor()),
        stack_method_: list(),
        final_estimator_: regressor([1]),
        passthrough: false,
      }),
      'StackingRegressor has 1 estimators and 0 methods',
    ],
    [
      'texts as features of a stack',
      object('sklearn.ensemble._stacking.StackingClassifier', {
        classes_: texts(['a', 'b']),
        estimators_: list(logistic([1, 2], texts(['a', 'b']))),
        stack_method_: list('predict'),
        final_estimator_: logistic([1]),
        passthrough: false,
      }),
      'the labels of LogisticRegression at estimators_[0] are used as numbers, and they are texts',
    ],
  ])('are refused with %s', (_, model, message) => {
    expect(() => convertModel(model, null)).toThrow(message);
  });
});
