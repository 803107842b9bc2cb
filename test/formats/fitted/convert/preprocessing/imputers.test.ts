import { describe, expect, it } from 'vitest';
import { convertModel } from '../../../../../src/formats/fitted/convert/convert-model.ts';
import type { StoredValue } from '../../../../../src/formats/fitted/values/stored-value.ts';
import { MISSING_TEXT } from '../../../../../src/model/missing-text.ts';
import { doubles, integers, object, objects } from '../../build-stored.ts';
import { runGraph } from '../../run-graph.ts';

function imputer(statistics: StoredValue, attributes: Readonly<Record<string, StoredValue>> = {}) {
  return object('sklearn.impute._base.SimpleImputer', {
    n_features_in_: 2,
    missing_values: Number.NaN,
    strategy: 'most_frequent',
    fill_value: null,
    statistics_: statistics,
    ...attributes,
  });
}

describe('SimpleImputer', () => {
  it('leaves out a column that had no value at training, and takes null everywhere', async () => {
    const { onnx, takesNaN } = convertModel(imputer(doubles([Number.NaN, 7])), null);
    expect(await runGraph(onnx, 2, { X: { reals: [1, Number.NaN, 2, 3] } })).toEqual({ variable: [7, 3] });
    expect(takesNaN).toEqual(new Map([['X', [true, true]]]));
  });

  it('rounds what it fills into single precision where it was trained on that', async () => {
    const dtype: StoredValue = { kind: 'object', type: 'numpy.dtype', args: ['f4'], attributes: new Map() };
    const { onnx } = convertModel(imputer(objects([0.1, 0.2]), { _fill_dtype: dtype }), null);
    const { variable } = await runGraph(onnx, 1, { X: { reals: [Number.NaN, 0.2] } });
    expect(variable).toEqual([Math.fround(0.1), 0.2]);
  });

  it('takes no null where a number stands for missing values', async () => {
    const { onnx, takesNaN } = convertModel(imputer(doubles([5, 6]), { missing_values: -1 }), null);
    expect(await runGraph(onnx, 1, { X: { reals: [-1, 0] } })).toEqual({ variable: [5, 0] });
    expect(takesNaN).toEqual(new Map([['X', [false, false]]]));
  });

  it('fills in texts, which a later encoder reads', async () => {
    const model = object('sklearn.pipeline.Pipeline', {
      steps: {
        kind: 'list',
        items: [
          {
            kind: 'list',
            items: ['fill', imputer(objects(['b']), { n_features_in_: 1, missing_values: null })],
          },
          {
            kind: 'list',
            items: [
              'encode',
              object('sklearn.preprocessing._encoders.OneHotEncoder', {
                categories_: { kind: 'list', items: [objects(['a', 'b'])] },
                handle_unknown: 'error',
              }),
            ],
          },
        ],
      },
    });
    const { onnx, takesNaN } = convertModel(model, null);
    expect(await runGraph(onnx, 2, { X: { texts: ['a', MISSING_TEXT] } })).toEqual({
      variable: [1, 0, 0, 1],
    });
    expect(takesNaN).toEqual(new Map([['X', [true]]]));
  });

  it.each<[string, StoredValue, Record<string, StoredValue>, string]>([
    ['too few statistics', doubles([1]), {}, 'statistics_ has 1 elements, and there are 2 columns'],
    [
      'a missing value that is neither number nor text',
      doubles([1, 2]),
      { missing_values: object('a.B') },
      'missing_values',
    ],
    [
      'NaN that is filled in',
      doubles([1, Number.NaN]),
      { strategy: 'constant', fill_value: Number.NaN },
      'with NaN',
    ],
    ['NaN in a column that is kept', doubles([1, Number.NaN]), { keep_empty_features: true }, 'with NaN'],
    [
      'flags of columns beyond',
      doubles([1, 2]),
      {
        add_indicator: true,
        indicator_: object('sklearn.impute._base.MissingIndicator', { features_: integers([2]) }),
      },
      'indicator_.features_ names columns beyond the 2',
    ],
  ])('refuses %s', (_, statistics, attributes, message) => {
    expect(() => convertModel(imputer(statistics, attributes), null)).toThrow(message);
  });

  it('refuses a text for a column of numbers', () => {
    const declared = ['a', 'b'].map(
      (name) => ({ kind: 'column', name, type: 'double', required: true }) as const,
    );
    expect(() => convertModel(imputer(objects(['x', 'y'])), declared)).toThrow('numbers with a text');
  });
});

describe('MissingIndicator', () => {
  function indicator(attributes: Readonly<Record<string, StoredValue>>) {
    return object('sklearn.impute._base.MissingIndicator', {
      n_features_in_: 2,
      features_: integers([0]),
      features: 'missing-only',
      error_on_new: true,
      ...attributes,
    });
  }

  it('takes null only where a value was missing at training', () => {
    const { takesNaN } = convertModel(indicator({ missing_values: Number.NaN }), null);
    expect(takesNaN).toEqual(new Map([['X', [true, false]]]));
  });

  it('fails the run where another column has the value that stands for missing ones', async () => {
    const { onnx } = convertModel(indicator({ missing_values: -9 }), null);
    expect(await runGraph(onnx, 2, { X: { reals: [-9, 1, 2, 3] } })).toEqual({ variable: [1, 0] });
    await expect(runGraph(onnx, 2, { X: { reals: [1, 1, 2, -9] } })).rejects.toThrow('out of data bounds');
  });
});
