import { describe, expect, it } from 'vitest';
import { type Cell, numberOf } from '../../../../../.ci/fitted/expected-case.ts';
import { convertModel } from '../../../../../src/formats/fitted/convert/convert-model.ts';
import { boosterBytes, boosterExpected, readBooster } from '../../booster-fixtures.ts';
import { runGraph } from '../../run-graph.ts';

const decoder = new TextDecoder();
const encoder = new TextEncoder();

type Change = readonly [pattern: RegExp | string, replacement: string | ((found: string) => string)];

/** The graph of a file after changes of its text. */
function convertChanged(file: string, ...changes: readonly Change[]) {
  let text = decoder.decode(boosterBytes(file));
  for (const [pattern, replacement] of changes) {
    const changed = text.replace(pattern, replacement as string);
    if (changed === text) throw new Error(`nothing in ${file} is ${pattern}`);
    text = changed;
  }
  return convertModel(readBooster(file, encoder.encode(text)), null);
}

describe('a model of XGBoost', () => {
  const BINARY = 'binary.3.2.json';
  const CATEGORIES = 'categories.3.2.json';
  const firstChildren = /"left_children":\[1/;

  it.each<[string, string, string, ...Change[]]>([
    [
      'an objective of its own',
      BINARY,
      'the objective "mine" is not converted',
      ['"name":"binary:logistic"', '"name":"mine"'],
    ],
    [
      'another booster',
      BINARY,
      'the booster "gbforest" is not known',
      ['"name":"gbtree"', '"name":"gbforest"'],
    ],
    [
      'pandas’ categories of other numbers',
      CATEGORIES,
      "pandas' categories of numbers that are not 0",
      [/"cats":\{"enc":\[\]/, '"cats":{"enc":[{"type":15,"values":[10,20]}]'],
    ],
  ])('is refused with %s', (_what, file, message, ...changes) => {
    expect(() => convertChanged(file, ...changes)).toThrow(
      expect.objectContaining({ code: 'UNSUPPORTED_MODEL', message: expect.stringContaining(message) }),
    );
  });

  it.each<[string, string, string, ...Change[]]>([
    ['a child outside of its tree', BINARY, 'leads to node 1000', [firstChildren, '"left_children":[1000']],
    [
      'a child that is its parent',
      BINARY,
      'several ways lead to node 0',
      [firstChildren, '"left_children":[0'],
    ],
    [
      'children of a lower number than any',
      BINARY,
      'leads to node -7',
      [firstChildren, '"left_children":[-7'],
    ],
    ['half a child', BINARY, 'no integers of 32 bits', [firstChildren, '"left_children":[1.5']],
    [
      'a column that is not there',
      BINARY,
      'asks for column 900 of 3',
      [/"split_indices":\[\d+/, '"split_indices":[900'],
    ],
    [
      'a condition that is NaN',
      BINARY,
      'compares with NaN',
      [/"split_conditions":\[[-+\dE.]+/, '"split_conditions":[NaN'],
    ],
    [
      'a leaf that is infinite',
      BINARY,
      'has a leaf of Infinity',
      [/"split_conditions":\[[^\]]+\]/, (all) => all.replace(/[^,]+\]$/, 'Infinity]')],
    ],
    [
      'a condition too few',
      BINARY,
      'split_conditions is not an array of shape',
      [/"split_conditions":\[[-+\dE.]+,/, '"split_conditions":['],
    ],
    [
      'a text among its numbers',
      BINARY,
      'split_conditions[0] is not a number',
      [/"split_conditions":\[[-+\dE.]+/, '"split_conditions":["x"'],
    ],
    [
      'trees of a group that is not there',
      BINARY,
      'is of group 5, and there are 1',
      ['"tree_info":[0', '"tree_info":[5'],
    ],
    [
      'a group too few',
      BINARY,
      'tree_info is not an array of shape [4]',
      ['"tree_info":[0,', '"tree_info":['],
    ],
    [
      'a base score that is a word',
      BINARY,
      'base_score is not one number',
      [/"base_score":"[^"]*"/, '"base_score":"half"'],
    ],
    [
      'two base scores for one group',
      BINARY,
      'base_score is not one number',
      [/"base_score":"[^"]*"/, '"base_score":"[1E-1,2E-1]"'],
    ],
    ['10^9 classes', BINARY, 'num_class is no number', [/"num_class":"\d+"/, '"num_class":"1000000000"']],
    ['10^8 classes', BINARY, '100000000 groups of trees', [/"num_class":"\d+"/, '"num_class":"100000000"']],
    [
      '10^8 columns',
      BINARY,
      'takes 100000000 columns',
      [/"num_feature":"3","num_target"/, '"num_feature":"100000000","num_target"'],
    ],
    [
      'leaves of several values for one group',
      BINARY,
      'leaves of 3 values for 1 groups',
      ['"size_leaf_vector":"1"', '"size_leaf_vector":"3"'],
    ],
    [
      'categories outside of their array',
      CATEGORIES,
      'lie outside of its array',
      [/"categories_sizes":\[\d+/, '"categories_sizes":[1000000000'],
    ],
    [
      'categories that begin below zero',
      CATEGORIES,
      'lie outside of its array',
      [/"categories_segments":\[\d+/, '"categories_segments":[-1'],
    ],
    [
      'categories of a node that has none',
      CATEGORIES,
      'has categories and is no categorical split',
      [/"categories_nodes":\[\d+/, '"categories_nodes":[99'],
    ],
    [
      'a categorical split without categories',
      CATEGORIES,
      'are missing',
      [/"categories_nodes":\[0,/, '"categories_nodes":['],
      [/"categories_segments":\[\d+,/, '"categories_segments":['],
      [/"categories_sizes":\[\d+,/, '"categories_sizes":['],
    ],
    [
      'weights for trees that are not there',
      'dart.3.2.json',
      'weight_drop is not an array',
      [/"weight_drop":\[[^,]*,/, '"weight_drop":['],
    ],
    [
      'a weight too few',
      'linear.3.2.json',
      'weights is not an array of shape [4]',
      [/"weights":\[[^,]*,/, '"weights":['],
    ],
  ])('is refused with %s', (_what, file, message, ...changes) => {
    expect(() => convertChanged(file, ...changes)).toThrow(
      expect.objectContaining({ code: 'INVALID_MODEL', message: expect.stringContaining(message) }),
    );
  });

  it('stops at the best iteration only in the classes of the scikit-learn interface', () => {
    const size = (file: string, best: string) =>
      convertChanged(file, [
        /"attributes":\{/,
        `"attributes":{"best_iteration":"${best}"${file === BINARY ? '' : ','}`,
      ]).onnx.length;
    expect(size('regression.3.2.json', '0')).toBeLessThan(size('regression.3.2.json', '3'));
    expect(size(BINARY, '0')).toBe(size(BINARY, '3'));
    expect(() => size('regression.3.2.json', '40')).toThrow(
      'the best iteration is 40, and there are 4 trees',
    );
  });
});

describe('a model of LightGBM', () => {
  const BINARY = 'light_binary.4.7.txt';
  const CATEGORIES = 'light_categories.4.7.txt';

  it.each<[string, string, string, ...Change[]]>([
    [
      'an objective that is not known',
      BINARY,
      'the objective "mine" is not converted',
      ['objective=binary', 'objective=mine'],
    ],
    ['linear models in its leaves', BINARY, 'linear_tree', [/is_linear=0/, 'is_linear=1']],
    [
      'pandas’ categories that could be any column',
      BINARY,
      "columns of pandas' categories",
      ['pandas_categorical:null', 'pandas_categorical:[["a"],["b"]]'],
    ],
  ])('is refused with %s', (_what, file, message, ...changes) => {
    expect(() => convertChanged(file, ...changes)).toThrow(
      expect.objectContaining({ code: 'UNSUPPORTED_MODEL', message: expect.stringContaining(message) }),
    );
  });

  it.each<[string, string, string, ...Change[]]>([
    [
      'a child outside of its tree',
      BINARY,
      'has a child 1000000000',
      [/left_child=\S+/, 'left_child=1000000000'],
    ],
    ['a leaf that is not there', BINARY, 'has a child -9', [/left_child=\S+/, 'left_child=-9']],
    ['a child that is its parent', BINARY, 'several ways lead to node 0', [/left_child=\S+/, 'left_child=0']],
    [
      'a leaf that is NaN',
      BINARY,
      'has a leaf that is no finite number',
      [/leaf_value=\S+/, 'leaf_value=nan'],
    ],
    [
      'a column that is not there',
      BINARY,
      'asks for column 3 of 3',
      [/split_feature=\S+/, 'split_feature=3'],
    ],
    ['half a column', BINARY, 'asks for column 0.5 of 3', [/split_feature=\S+/, 'split_feature=0.5']],
    ['a threshold that is NaN', BINARY, 'compares with NaN', [/threshold=\S+/, 'threshold=nan']],
    ['a leaf too few', BINARY, 'has 5 leaves, and 4 values', [/leaf_value=\S+ /, 'leaf_value=']],
    ['10^9 leaves', BINARY, 'has 1000000000 leaves, and 5 values', [/num_leaves=5/, 'num_leaves=1000000000']],
    ['no leaves', BINARY, 'has 0 leaves, and 5 values', [/num_leaves=5/, 'num_leaves=0']],
    ['10^8 columns', BINARY, 'takes 100000001 columns', [/max_feature_idx=2/, 'max_feature_idx=100000000']],
    [
      'trees that do not make whole iterations',
      BINARY,
      'has 3 trees for 2 scores',
      [/num_tree_per_iteration=1/, 'num_tree_per_iteration=2'],
    ],
    ['a sigmoid of 0', BINARY, 'its sigmoid is no positive number', ['sigmoid:2', 'sigmoid:0']],
    [
      'a set of categories outside of its array',
      CATEGORIES,
      'has no set of categories',
      [/cat_boundaries=0 \d+/, 'cat_boundaries=0 1000000000'],
    ],
    [
      'a word of more than 32 bits',
      CATEGORIES,
      'is no word of 32 bits',
      [/cat_threshold=\d+/, 'cat_threshold=4294967296'],
    ],
  ])('is refused with %s', (_what, file, message, ...changes) => {
    expect(() => convertChanged(file, ...changes)).toThrow(
      expect.objectContaining({ code: 'INVALID_MODEL', message: expect.stringContaining(message) }),
    );
  });

  it('takes texts for pandas’ categories, and knows them without a signature', async () => {
    const file = 'light_categories.4.7.txt';
    const names = Array.from({ length: 12 }, (_, code) => `name ${code}`);
    const { rows } = boosterExpected(file);
    const codes = rows.map(([code]) => (code === null ? -1 : Number(code)));
    const whole = codes.flatMap((code, at) => (Number.isInteger(code) && code >= 0 && code < 12 ? [at] : []));
    expect(whole.length).toBeGreaterThan(5);
    const { onnx, takesNaN } = convertChanged(file, [
      'pandas_categorical:null',
      `pandas_categorical:${JSON.stringify([names])}`,
    ]);
    expect(takesNaN.size).toBe(3);
    const reals = (column: number) => ({ reals: whole.map((at) => numberOf(rows[at]?.[column] as Cell)) });
    const inputs = [...takesNaN.keys()];
    const { variable } = await runGraph(onnx, whole.length, {
      [inputs[0] as string]: { texts: whole.map((at) => names[codes[at] as number] as string) },
      [inputs[1] as string]: reals(1),
      [inputs[2] as string]: reals(2),
    });
    const { predict } = boosterExpected(file);
    for (const [index, at] of whole.entries()) {
      expect(variable?.[index]).toBeCloseTo(Number(predict?.values[at]), 12);
    }
  });
});
