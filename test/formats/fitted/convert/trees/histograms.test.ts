import { describe, expect, it } from 'vitest';
import { convertModel } from '../../../../../src/formats/fitted/convert/convert-model.ts';
import type { NdArray } from '../../../../../src/formats/fitted/values/nd-array.ts';
import type { StoredValue } from '../../../../../src/formats/fitted/values/stored-value.ts';
import { booleans, doubles, integers, list, object } from '../../build-stored.ts';
import { compareFixture, convertFixture, familyFixtures } from '../../family-fixtures.ts';
import { runGraph } from '../../run-graph.ts';

const TOLERANCE = 1e-15;
const FIELDS = [
  'value',
  'feature_idx',
  'num_threshold',
  'missing_go_to_left',
  'left',
  'right',
  'is_leaf',
  'is_categorical',
  'bitset_idx',
] as const;
type Node = Readonly<Partial<Record<(typeof FIELDS)[number], number>>>;

const LEAF: Node = { is_leaf: 1, value: 1 };

/** Records of doubles: what the fields are called matters, not what they are of. */
function records(nodes: readonly Node[]): NdArray {
  return {
    kind: 'array',
    dtype: {
      letter: 'record',
      itemBytes: 8 * FIELDS.length,
      fields: FIELDS.map((name, at) => ({
        name,
        dtype: { letter: 'f', itemBytes: 8, littleEndian: true },
        offset: 8 * at,
      })),
    },
    shape: [nodes.length],
    bytes: new Uint8Array(
      Float64Array.from(nodes.flatMap((node) => FIELDS.map((field) => node[field] ?? 0))).buffer,
    ),
    isFortran: false,
  };
}

function regressor(root: Node, attributes: Readonly<Record<string, StoredValue>> = {}) {
  const tree = object('sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor', {
    nodes: records([{ left: 1, right: 2, ...root }, LEAF, { ...LEAF, value: 2 }]),
    raw_left_cat_bitsets: integers([3, 0, 0, 0, 0, 0, 0, 0], [1, 8]),
  });
  return object('sklearn.ensemble._hist_gradient_boosting.gradient_boosting.HistGradientBoostingRegressor', {
    n_features_in_: 2,
    loss: 'squared_error',
    is_categorical_: null,
    _baseline_prediction: doubles([1], [1, 1]),
    _predictors: list(list(tree)),
    ...attributes,
  });
}

const CATEGORICAL = {
  is_categorical_: booleans([true, false]),
  _bin_mapper: object('BinMapper', { bin_thresholds_: list(doubles([0, 1]), doubles([])) }),
};

describe('histogram gradient boosting', () => {
  it.each(familyFixtures('histograms'))('answers as scikit-learn does: %s', async (name) => {
    const { worst, wrongLabels, outputs } = await compareFixture('histograms', name);
    expect({ wrongLabels, outputs: outputs.length > 0 }).toEqual({ wrongLabels: 0, outputs: true });
    expect(worst).toBeLessThan(TOLERANCE);
  });

  it('takes NaN in every column', () => {
    for (const name of ['missing_3.1.2', 'poisson.1.9', 'categories.1.2', 'categories.1.9'])
      expect(convertFixture('histograms', name).takesNaN.get('X')?.every(Boolean)).toBe(true);
  });

  it('reads categories up to scikit-learn 1.3 as bytes, and unknown ones as missing', async () => {
    const root = { is_categorical: 1, missing_go_to_left: 1 };
    const known = object('BinMapper', { bin_thresholds_: list(doubles([0, 1, 2]), doubles([])) });
    const { onnx } = convertModel(regressor(root, { ...CATEGORICAL, _bin_mapper: known }), null);
    // The set has 0 and 1; they and what is unknown go to the leaf of 1, which the baseline of 1 is added to.
    const answers = new Map([
      [0, 2],
      [1, 2],
      [2, 3],
      [2.9, 3],
      [3, 2],
      [-1, 2],
      [-0.5, 2],
      [256 + 2, 3],
      [256 + 3, 2],
      [2 ** 31 - 254, 3],
      [2 ** 31 + 2, 2],
      [1e300, 2],
      [Number.NaN, 2],
    ]);
    const reals = [...answers.keys()].flatMap((cell) => [cell, 0]);
    const { variable } = await runGraph(onnx, answers.size, { X: { reals } });
    expect(variable).toEqual([...answers.values()]);
  });

  it.each<[string, StoredValue, string]>([
    [
      'a threshold that is NaN',
      regressor({ num_threshold: Number.NaN }),
      '_predictors[0][0].nodes: node 0 compares with NaN',
    ],
    [
      'a root that is its own child',
      regressor({ left: 0 }),
      '_predictors[0][0].nodes: several ways lead to node 0',
    ],
    ['a column that is not there', regressor({ feature_idx: 2 }), 'node 0 asks for column 2 of 2'],
    [
      'a set that is not there',
      regressor({ is_categorical: 1, bitset_idx: 1 }, CATEGORICAL),
      'node 0 asks for set 1 of 1',
    ],
    [
      'a set for a column of numbers',
      regressor({ is_categorical: 1, feature_idx: 1 }, CATEGORICAL),
      'HistGradientBoostingRegressor asks column 1 for categories, and it is a number',
    ],
    [
      'a set where no column has categories',
      regressor({ is_categorical: 1 }),
      'asks column 0 for categories',
    ],
    [
      'a category that is no byte',
      regressor(
        {},
        {
          ...CATEGORICAL,
          _bin_mapper: object('BinMapper', { bin_thresholds_: list(doubles([256]), doubles([])) }),
        },
      ),
      '_bin_mapper.bin_thresholds_[0] has the category 256, which is no byte',
    ],
    [
      'a loss of its own',
      regressor({}, { loss: object('my.Loss') }),
      'HistGradientBoostingRegressor has the loss Loss at loss, which is not known here',
    ],
    [
      'trees of another number of classes',
      regressor({}, { _predictors: list(list()) }),
      '_predictors[0] has 0 trees, and 1 are expected',
    ],
    [
      'several baselines',
      regressor({}, { _baseline_prediction: doubles([1, 2], [1, 2]) }),
      'begins with 2 numbers, and 1 are expected',
    ],
    [
      'a preprocessor without an encoder',
      regressor(
        {},
        {
          is_categorical_: booleans([true, false]),
          _preprocessor: object('sklearn.compose.ColumnTransformer', { transformers_: list() }),
        },
      ),
      'ColumnTransformer at _preprocessor has no OrdinalEncoder called "encoder"',
    ],
  ])('is refused with %s', (_, model, message) => {
    expect(() => convertModel(model, null)).toThrow(message);
  });
});
