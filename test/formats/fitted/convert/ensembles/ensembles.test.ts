import { describe, expect, it } from 'vitest';
import { convertModel } from '../../../../../src/formats/fitted/convert/convert-model.ts';
import type { StoredValue } from '../../../../../src/formats/fitted/values/stored-value.ts';
import { doubles, integers, list, object } from '../../build-stored.ts';
import { compareFixture, familyFixtures } from '../../family-fixtures.ts';
import { decisionTree, STUMP } from '../trees/sklearn-trees.ts';

const TOLERANCE = 1e-13;

function ensemble(className: string, attributes: Readonly<Record<string, StoredValue>> = {}) {
  const tree = decisionTree('DecisionTreeClassifier', STUMP, [0.5, 0.5, 1, 0, 0, 1]);
  return object(`sklearn.ensemble._some.${className}`, {
    n_features_in_: 2,
    n_estimators: 1,
    classes_: integers([0, 1]),
    estimators_: list(tree),
    estimators_features_: list(integers([0, 1])),
    estimator_weights_: doubles([1]),
    _max_features: 2,
    _max_samples: 10,
    offset_: -0.5,
    _sklearn_version: '1.9.1',
    ...attributes,
  });
}

describe('bagging, AdaBoost and isolation forests', () => {
  it.each(familyFixtures('ensembles'))('answer as scikit-learn does: %s', async (name) => {
    const { worst, wrongLabels, outputs } = await compareFixture('ensembles', name);
    expect({ wrongLabels, outputs: outputs.length > 0 }).toEqual({ wrongLabels: 0, outputs: true });
    expect(worst).toBeLessThan(TOLERANCE);
  });

  it.each<[string, StoredValue, string]>([
    [
      'a column that is not there',
      ensemble('BaggingClassifier', { estimators_features_: list(integers([0, 2])) }),
      'estimators_features_[0] names column 2 of 2',
    ],
    [
      'columns for other members',
      ensemble('BaggingRegressor', { estimators_features_: list() }),
      'BaggingRegressor has 1 members and 0 sets of columns',
    ],
    [
      'a class that is not there',
      ensemble('BaggingClassifier', {
        estimators_: list(
          decisionTree('DecisionTreeClassifier', STUMP, [0, 0, 0, 0, 0, 0], { classes_: integers([0, 7]) }),
        ),
      }),
      'DecisionTreeClassifier at estimators_[0] has a class "7" that its ensemble does not have',
    ],
    [
      'more members than weights',
      ensemble('AdaBoostClassifier', { estimator_weights_: doubles([]) }),
      'AdaBoostClassifier has 1 members and 0 weights',
    ],
    [
      'one class only',
      ensemble('AdaBoostClassifier', { classes_: integers([4]) }),
      'AdaBoostClassifier was trained on one class only',
    ],
    [
      'a classifier in place of a regressor',
      ensemble('AdaBoostRegressor'),
      'estimators_[0].tree_.values has 1 targets of 2 numbers, and 1 of one are expected',
    ],
    [
      'no trees',
      ensemble('IsolationForest', { estimators_: list() }),
      'IsolationForest has 0 trees and 1 sets of columns',
    ],
  ])('are refused with %s', (_, model, message) => {
    expect(() => convertModel(model, null)).toThrow(message);
  });
});
