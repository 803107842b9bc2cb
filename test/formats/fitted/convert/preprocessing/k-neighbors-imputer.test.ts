import { describe, expect, it } from 'vitest';
import { convertModel } from '../../../../../src/formats/fitted/convert/convert-model.ts';
import type { StoredValue } from '../../../../../src/formats/fitted/values/stored-value.ts';
import { booleans, doubles, integers, object } from '../../build-stored.ts';
import { compareFixture, convertFixture, familyFixtures } from '../../family-fixtures.ts';
import { runGraph } from '../../run-graph.ts';

const NONE = Number.NaN;

/** Of rows of training with two columns. */
function imputer(
  rows: readonly number[] = [0, 1, 2, 5, 4, 9],
  attributes: Readonly<Record<string, StoredValue>> = {},
) {
  const shape = [rows.length / 2, 2];
  return object('sklearn.impute._knn.KNNImputer', {
    n_features_in_: 2,
    missing_values: NONE,
    metric: 'nan_euclidean',
    weights: 'uniform',
    n_neighbors: 2,
    add_indicator: false,
    keep_empty_features: false,
    _fit_X: doubles(rows, shape),
    _mask_fit_X: booleans(rows.map(Number.isNaN), shape),
    ...attributes,
  });
}

describe('KNNImputer', () => {
  it.each(familyFixtures('imputers'))('answers as scikit-learn does: %s', async (name) => {
    const { worst, outputs } = await compareFixture('imputers', name);
    expect(outputs).toEqual(['variable']);
    // Rows of training are among those that are asked: beside them scikit-learn's own distances lose digits.
    const isWeighted = name.startsWith('distance');
    expect(worst).toBeLessThan(isWeighted ? convertFixture('imputers', name).tolerance : 1e-12);
  });

  it('averages the nearest rows of training that have the column', async () => {
    const { onnx, takesNaN } = convertModel(imputer([0, NONE, 1, 5, 4, 9, 9, 100]), null);
    const reals = [0, NONE, 8, 7];
    expect(await runGraph(onnx, 2, { X: { reals } })).toEqual({ variable: [0, 7, 8, 7] });
    expect(takesNaN).toEqual(new Map([['X', [true, true]]]));
  });

  it('takes the first of equally near rows', async () => {
    const { onnx } = convertModel(imputer([1, 5, 3, 7, 3, 9], { n_neighbors: 1 }), null);
    expect(await runGraph(onnx, 2, { X: { reals: [2, NONE, 3, NONE] } })).toEqual({
      variable: [2, 5, 3, 7],
    });
  });

  it('lets rows at distance 0 count alone, where distances weigh', async () => {
    const { onnx } = convertModel(imputer([0, 1, 2, 5], { weights: 'distance' }), null);
    expect(await runGraph(onnx, 2, { X: { reals: [0, NONE, 1, NONE] } })).toEqual({
      variable: [0, 1, 1, 3],
    });
  });

  it('averages the whole column where a row shares no column with any', async () => {
    const { onnx } = convertModel(imputer(), null);
    expect(await runGraph(onnx, 1, { X: { reals: [NONE, NONE] } })).toEqual({ variable: [2, 5] });
  });

  it('counts rows that share no column, as scikit-learn did until 1.6', async () => {
    const filled = async (version: string) => {
      const model = imputer([NONE, 9, 1, 3, 2, NONE], { _sklearn_version: version });
      return (await runGraph(convertModel(model, null).onnx, 1, { X: { reals: [1, NONE] } })).variable;
    };
    expect(await filled('1.5.2')).toEqual([1, 6]);
    expect(await filled('1.6.0')).toEqual([1, 3]);
  });

  it('says the same of a row whether rows are calculated together or one by one', async () => {
    const count = 10_000;
    const rows = Array.from({ length: 2 * count }, (_, at) => Math.sin(at * at) * 100);
    const { onnx } = convertModel(imputer(rows), null);
    expect(Buffer.from(onnx).includes('Scan')).toBe(true);
    const asked = [3.3, -77, 12];
    const { variable } = await runGraph(onnx, 3, { X: { reals: asked.flatMap((x) => [x, NONE]) } });
    for (const [row, x] of asked.entries()) {
      const order = Array.from({ length: count }, (_, at) => at).sort(
        (a, b) => Math.abs((rows[2 * a] as number) - x) - Math.abs((rows[2 * b] as number) - x),
      );
      const [first = 0, second = 0] = order.map((at) => rows[2 * at + 1] as number);
      expect(variable?.[2 * row + 1]).toBeCloseTo((first + second) / 2, 12);
    }
  });

  it('takes no null where a number stands for missing values', () => {
    const { takesNaN } = convertModel(imputer([0, 1, 2, 5], { missing_values: -1 }), null);
    expect(takesNaN).toEqual(new Map([['X', [false, false]]]));
  });

  it('notes that old versions leave out the columns of the indicator', () => {
    const indicator_ = object('sklearn.impute._base.MissingIndicator', { features_: integers([1]) });
    const notes = (version: string) =>
      convertModel(imputer([0, 1], { add_indicator: true, indicator_, _sklearn_version: version }), null)
        .notes;
    expect(notes('1.2.2')).toEqual([expect.stringContaining('may leave out the columns of the indicator')]);
    expect(notes('1.9.1')).toEqual([]);
  });

  it.each<[string, StoredValue, string]>([
    [
      'a metric of its own code',
      imputer([0, 1], { metric: object('builtins.function') }),
      'compares rows with a function',
    ],
    [
      'weights of its own code',
      imputer([0, 1], { weights: object('builtins.function') }),
      'weighs neighbours with a function',
    ],
    [
      'a text for missing values',
      imputer([0, 1], { missing_values: '?' }),
      'missing_values of KNNImputer is no number',
    ],
    [
      'None for missing values',
      imputer([0, 1], { missing_values: null }),
      'missing_values of KNNImputer is no number',
    ],
    ['no neighbours', imputer([0, 1], { n_neighbors: 0 }), 'asks for 0 neighbours of 1 rows of training'],
    ['no rows', imputer([]), 'asks for 2 neighbours of 0 rows of training'],
    [
      'values that are no numbers',
      imputer([0, NONE], { _mask_fit_X: booleans([false, false], [1, 2]) }),
      '_fit_X has values that are no numbers',
    ],
    [
      'another mask',
      imputer([0, 1], { _mask_fit_X: booleans([false, false], [2, 1]) }),
      '_mask_fit_X is not an array of shape [1, 2]',
    ],
    [
      'too many rows',
      imputer([0, 1], { _fit_X: doubles(new Array(6_250_002).fill(0), [3_125_001, 2]) }),
      'with 3125001 rows of training of 2 columns, which are more than 50 MB',
    ],
  ])('is refused with %s', (_, model, message) => {
    expect(() => convertModel(model, null)).toThrow(message);
  });
});
