import { describe, expect, it } from 'vitest';
import { convertModel } from '../../../../../src/formats/fitted/convert/convert-model.ts';
import type { StoredValue } from '../../../../../src/formats/fitted/values/stored-value.ts';
import { doubles, integers, list, object } from '../../build-stored.ts';
import { compareFixture, convertFixture, familyFixtures } from '../../family-fixtures.ts';
import { runGraph } from '../../run-graph.ts';
import { decisionTree, forest, LEAF, STUMP } from './sklearn-trees.ts';

/** Boosting ends in an exponential, and begins with a logarithm; what only compares and adds is exact. */
const TOLERANCE = 1e-15;
const CLASSIFIER_VALUES = [0.5, 0.5, 1, 0, 0, 1];

function boosting(className: string, attributes: Readonly<Record<string, StoredValue>> = {}) {
  const tree = decisionTree('DecisionTreeRegressor', STUMP, [0, 1, 2]);
  return object(`sklearn.ensemble._gb.${className}`, {
    n_features_in_: 2,
    estimators_: { kind: 'object-array', shape: [1, 1], items: [tree] },
    learning_rate: 0.5,
    loss: className.endsWith('Classifier') ? 'log_loss' : 'squared_error',
    init_: 'zero',
    _loss: object('sklearn._loss.loss.HalfBinomialLoss'),
    ...(className.endsWith('Classifier') ? { classes_: integers([0, 1]) } : {}),
    ...attributes,
  });
}

function takesNaN(model: StoredValue): boolean {
  return convertModel(model, null).takesNaN.get('X')?.every(Boolean) === true;
}

describe('trees, forests and gradient boosting', () => {
  it.each(familyFixtures('trees'))('answer as scikit-learn does: %s', async (name) => {
    const { worst, wrongLabels, outputs } = await compareFixture('trees', name);
    expect({ wrongLabels, outputs: outputs.length > 0 }).toEqual({ wrongLabels: 0, outputs: true });
    if (name.startsWith('boosting')) expect(worst).toBeLessThan(TOLERANCE);
    else expect(worst).toBe(0);
  });

  it('round a row to single precision, and then compare it with the threshold as it is', async () => {
    const tree = decisionTree('DecisionTreeClassifier', STUMP, CLASSIFIER_VALUES);
    // The float32 nearest to 0.1 is above it: what is rounded to that is not below the threshold any more.
    const single = Math.fround(0.1);
    const rows = [0.1, 0.1 - 2 ** -56, single, single - 2 ** -27, single - 2 ** -28, 0.09];
    const labels = [1n, 1n, 1n, 0n, 0n, 0n];
    const reals = rows.flatMap((value) => [value, 0]);
    for (const model of [tree, forest('RandomForestClassifier', [tree, tree])]) {
      const outputs = await runGraph(convertModel(model, null).onnx, rows.length, { X: { reals } });
      expect(outputs.label).toEqual(labels);
    }
    const regressor = decisionTree('DecisionTreeRegressor', STUMP, [0, -1, 1]);
    const { variable } = await runGraph(convertModel(regressor, null).onnx, rows.length, { X: { reals } });
    expect(variable).toEqual(labels.map((label) => (label === 1n ? 1 : -1)));
  });

  it('add in the order of the trees, so that rounding decides ties as it does in numpy', async () => {
    // 0.1 + 0.2 + 0.3 and 0.3 + 0.2 + 0.1 are not equal, and their complements neither.
    const shares = [0.1, 0.2, 0.3];
    const trees = shares.map((share, at) =>
      decisionTree('DecisionTreeClassifier', [LEAF], [share, shares.at(-1 - at) as number]),
    );
    const model = forest('RandomForestClassifier', trees);
    const outputs = await runGraph(convertModel(model, null).onnx, 1, { X: { reals: [0, 0] } });
    expect(outputs.probabilities).toEqual([(0.1 + 0.2 + 0.3) / 3, (0.3 + 0.2 + 0.1) / 3]);
    expect(outputs.label).toEqual([0n]);
  });

  it('take NaN where the version of scikit-learn that saved them does', () => {
    const tree = (attributes: Readonly<Record<string, StoredValue>>, name = 'DecisionTreeClassifier') =>
      takesNaN(
        decisionTree(name, STUMP, name.endsWith('Classifier') ? CLASSIFIER_VALUES : [0, 1, 2], attributes),
      );
    expect(tree({})).toBe(true);
    expect(tree({ _sklearn_version: '1.3.2' })).toBe(true);
    expect(tree({ _sklearn_version: '1.5.2', splitter: 'random' })).toBe(false);
    expect(tree({ _sklearn_version: '1.6.1', splitter: 'random' })).toBe(true);
    expect(tree({ _sklearn_version: '1.8.0', criterion: 'absolute_error' }, 'DecisionTreeRegressor')).toBe(
      false,
    );
    expect(tree({ criterion: 'absolute_error' }, 'DecisionTreeRegressor')).toBe(true);
    expect(tree({ splitter: 'best' }, 'ExtraTreeClassifier')).toBe(false);
    expect(tree({ splitter: 'best', _sklearn_version: '1.6.1' }, 'ExtraTreeRegressor')).toBe(true);
    expect(tree({ splitter: 'best', _sklearn_version: '1.7.2' }, 'ExtraTreeRegressor')).toBe(false);
    expect(tree({ splitter: 'random' }, 'ExtraTreeClassifier')).toBe(true);
    const grown = (name: string, tree: string, version: string) => {
      const splitter = name.startsWith('Extra') ? 'random' : 'best';
      const saved = { _sklearn_version: version, splitter };
      return takesNaN(forest(name, [decisionTree(tree, STUMP, CLASSIFIER_VALUES, saved)], saved));
    };
    expect(grown('RandomForestClassifier', 'DecisionTreeClassifier', '1.9.1')).toBe(true);
    expect(grown('RandomForestClassifier', 'DecisionTreeClassifier', '1.3.2')).toBe(false);
    expect(grown('ExtraTreesClassifier', 'ExtraTreeClassifier', '1.5.2')).toBe(false);
    expect(grown('ExtraTreesClassifier', 'ExtraTreeClassifier', '1.6.0')).toBe(true);
    expect(takesNaN(boosting('GradientBoostingRegressor'))).toBe(false);
    expect(convertFixture('trees', 'tree_one_leaf.1.2').takesNaN.get('X')?.some(Boolean)).toBe(false);
  });

  it.each([
    ['1.7.2', 2 ** -23],
    ['1.8.0', 2 ** -52],
  ])('keep the start as far from 0 as scikit-learn %s does', async (version, epsilon) => {
    const init = object('sklearn.dummy.DummyClassifier', {
      class_prior_: doubles([0.75, 0.25]),
      strategy: 'most_frequent',
    });
    const model = boosting('GradientBoostingClassifier', { init_: init, _sklearn_version: version });
    const { probabilities } = await runGraph(convertModel(model, null).onnx, 1, { X: { reals: [0, 0] } });
    // The leaf adds 0.5 to the logit.
    expect((probabilities?.[1] as number) / (epsilon * Math.exp(0.5))).toBeCloseTo(1, 6);
  });

  it.each<[string, StoredValue, string]>([
    [
      'a child that is not there',
      forest('RandomForestClassifier', [
        decisionTree(
          'DecisionTreeClassifier',
          [{ ...STUMP[0], left_child: 2 ** 40, right_child: 2 }, LEAF, LEAF] as never,
          CLASSIFIER_VALUES,
        ),
      ]),
      'estimators_[0].tree_.nodes: node 0 leads to node 2147483647, and there are 3',
    ],
    [
      'a column that is not there',
      decisionTree(
        'DecisionTreeRegressor',
        [{ left_child: 1, right_child: 2, feature: 2, threshold: 0 }, LEAF, LEAF],
        [0, 1, 2],
      ),
      'tree_.nodes: node 0 asks for column 2 of 2',
    ],
    [
      'too few values',
      decisionTree('DecisionTreeRegressor', STUMP, [0, 1, 2], {
        tree_: object('sklearn.tree._tree.Tree', {
          nodes: (
            decisionTree('DecisionTreeRegressor', STUMP, [0, 1, 2]).attributes.get('tree_') as {
              attributes: Map<string, StoredValue>;
            }
          ).attributes.get('nodes') as StoredValue,
          values: doubles([1, 2], [2, 1, 1]),
        }),
      }),
      'tree_.values is not an array of shape [3, ?, ?] but an array of shape [2, 1, 1]',
    ],
    [
      'values of another number of classes',
      decisionTree('DecisionTreeClassifier', STUMP, [0, 0, 0, 1, 1, 1, 2, 2, 2]),
      'tree_.values has 1 outputs and 3 classes, and DecisionTreeClassifier has 1 and 2',
    ],
    ['no trees', forest('RandomForestClassifier', []), 'RandomForestClassifier has no trees'],
    [
      'a leaf without a column',
      forest('RandomTreesEmbedding', [decisionTree('ExtraTreeRegressor', STUMP, [0, 1, 2])], {
        one_hot_encoder_: object('sklearn.preprocessing._encoders.OneHotEncoder', {
          categories_: list(integers([1])),
        }),
      }),
      'one_hot_encoder_.categories_[0] does not name leaf 2, which a row may reach',
    ],
    [
      'a class in place of a target',
      decisionTree('DecisionTreeRegressor', STUMP, CLASSIFIER_VALUES),
      'tree_.values has 1 targets of 2 numbers, and 1 of one are expected',
    ],
    [
      'stages of another number of classes',
      boosting('GradientBoostingClassifier', { classes_: integers([0, 1, 2]) }),
      'estimators_ has the shape [1, 1], and [stages, 3] is expected',
    ],
    [
      'an unknown loss',
      boosting('GradientBoostingClassifier', { loss: 'own' }),
      'GradientBoostingClassifier has the loss "own", which is not known here',
    ],
    [
      'a start in single precision',
      boosting('GradientBoostingRegressor', { init_: object('sklearn.linear_model._base.LinearRegression') }),
      'LinearRegression at init_ begins GradientBoostingRegressor, which lets it calculate in single precision',
    ],
    [
      'a start by chance',
      boosting('GradientBoostingClassifier', {
        init_: object('sklearn.dummy.DummyClassifier', {
          class_prior_: doubles([0.5, 0.5]),
          strategy: 'uniform',
        }),
      }),
      'DummyClassifier at init_ has the strategy "uniform", with which boosting cannot begin here',
    ],
  ])('are refused with %s', (_, model, message) => {
    expect(() => convertModel(model, null)).toThrow(message);
  });
});
