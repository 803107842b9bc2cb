import { describe, expect, it } from 'vitest';
import { convertModel } from '../../../../../src/formats/fitted/convert/convert-model.ts';
import type { StoredValue } from '../../../../../src/formats/fitted/values/stored-value.ts';
import { MISSING_TEXT } from '../../../../../src/model/missing-text.ts';
import type { MlModelColumn } from '../../../../../src/model/ml-model.ts';
import { booleans, doubles, integers, list, object, objects, texts } from '../../build-stored.ts';
import { runGraph } from '../../run-graph.ts';

function oneHot(categories: StoredValue, attributes: Readonly<Record<string, StoredValue>> = {}) {
  return object('sklearn.preprocessing._encoders.OneHotEncoder', {
    n_features_in_: 1,
    categories_: list(categories),
    handle_unknown: 'error',
    _infrequent_enabled: false,
    _drop_idx_after_grouping: null,
    ...attributes,
  });
}

function column(type: string): MlModelColumn[] {
  return [{ kind: 'column', name: 'x', type, required: true }];
}

describe('OneHotEncoder', () => {
  it('fails the run where scikit-learn raises for a value that it does not know', async () => {
    const { onnx, takesNaN } = convertModel(oneHot(texts(['a', 'b'])), null);
    expect(await runGraph(onnx, 2, { X: { texts: ['b', 'a'] } })).toEqual({ variable: [0, 1, 1, 0] });
    await expect(runGraph(onnx, 2, { X: { texts: ['b', 'c'] } })).rejects.toThrow('out of data bounds');
    expect(takesNaN).toEqual(new Map([['X', [false]]]));
  });

  it('fails the run also where the only category was dropped', async () => {
    const { onnx } = convertModel(
      oneHot(texts(['a']), {
        n_features_in_: 2,
        categories_: list(texts(['a']), texts(['b', 'c'])),
        _drop_idx_after_grouping: list(0, 0),
      }),
      null,
    );
    expect(await runGraph(onnx, 1, { X: { texts: ['a', 'c'] } })).toEqual({ variable: [1] });
    await expect(runGraph(onnx, 1, { X: { texts: ['x', 'c'] } })).rejects.toThrow('out of data bounds');
  });

  it('takes null where a missing value is a category, or unknown values pass', async () => {
    const known = convertModel(oneHot(objects(['a', Number.NaN])), null);
    expect(await runGraph(known.onnx, 2, { X: { texts: [MISSING_TEXT, 'a'] } })).toEqual({
      variable: [0, 1, 1, 0],
    });
    expect(known.takesNaN).toEqual(new Map([['X', [true]]]));
    const ignored = convertModel(oneHot(doubles([1, 2]), { handle_unknown: 'ignore' }), null);
    expect(await runGraph(ignored.onnx, 2, { X: { reals: [Number.NaN, -0] } })).toEqual({
      variable: [0, 0, 0, 0],
    });
    expect(ignored.takesNaN).toEqual(new Map([['X', [true]]]));
  });

  it('rounds columns that the signature calls single precision, as MLflow does before the model sees them', async () => {
    const learnt = [0.1, 0.2].map(Math.fround);
    const signature: MlModelColumn[] = [...column('float'), { ...column('double')[0]!, name: 'y' }];
    const both = oneHot(doubles(learnt), {
      n_features_in_: 2,
      categories_: list(doubles(learnt), doubles([0.1, 0.2])),
      handle_unknown: 'ignore',
    });
    const { onnx } = convertModel(both, signature);
    expect(await runGraph(onnx, 2, { X: { reals: [0.1, 0.1, 0.2, Math.fround(0.2)] } })).toEqual({
      variable: [1, 0, 1, 0, 0, 1, 0, 0],
    });
    const alone = convertModel(oneHot(doubles(learnt), { handle_unknown: 'ignore' }), column('float'));
    expect(await runGraph(alone.onnx, 2, { X: { reals: [0.2, learnt[0]!] } })).toEqual({
      variable: [0, 1, 1, 0],
    });
  });

  it('has "warn" as the version meant it that saved the model', async () => {
    const rare = (version: string) =>
      oneHot(texts(['a', 'b', 'c']), {
        handle_unknown: 'warn',
        _sklearn_version: version,
        _infrequent_enabled: true,
        _default_to_infrequent_mappings: list(integers([0, 1, 1])),
      });
    const ask = async (version: string) =>
      (await runGraph(convertModel(rare(version), null).onnx, 2, { X: { texts: ['?', 'c'] } })).variable;
    expect(await ask('1.7.2')).toEqual([0, 0, 0, 1]);
    expect(await ask('1.8.0')).toEqual([0, 1, 0, 1]);
  });

  it('tells which values a request may have, where the encoder raises for others', () => {
    const model = oneHot(null, {
      n_features_in_: 2,
      categories_: list(objects(['a', Number.NaN]), doubles([1, 2])),
    });
    expect(convertModel(model, null).knownValues).toEqual(
      new Map([
        ['x0', [['a']]],
        ['x1', [[1, 2]]],
      ]),
    );
    const open = oneHot(texts(['a']), { handle_unknown: 'ignore' });
    expect(convertModel(open, null).knownValues).toEqual(new Map([['X', [null]]]));
  });

  it('tells it of imputed columns too, but not of columns that a step made', () => {
    const imputer = (missing: StoredValue) =>
      object('sklearn.impute._base.SimpleImputer', {
        n_features_in_: 1,
        missing_values: missing,
        strategy: 'most_frequent',
        statistics_: objects(['a']),
      });
    const model = (missing: StoredValue) =>
      object('sklearn.pipeline.Pipeline', {
        steps: list(list('fill', imputer(missing)), list('encode', oneHot(texts(['a', 'b'])))),
      });
    expect(convertModel(model(null), null).knownValues).toEqual(new Map([['X', [['a', 'b']]]]));
    expect(convertModel(model('?'), null).knownValues).toEqual(new Map([['X', [null]]]));
  });

  it('looks for booleans and integers as numbers', async () => {
    const { onnx } = convertModel(
      oneHot(null, { n_features_in_: 2, categories_: list(booleans([false, true]), integers([-7, 3])) }),
      null,
    );
    expect(await runGraph(onnx, 1, { X: { reals: [1, -7] } })).toEqual({ variable: [0, 1, 1, 0] });
  });

  it('finds text columns by the categories where no signature tells them', async () => {
    const { onnx } = convertModel(
      oneHot(null, {
        n_features_in_: 2,
        categories_: list(texts(['1']), doubles([1])),
        handle_unknown: 'ignore',
      }),
      null,
    );
    expect(await runGraph(onnx, 2, { x0: { texts: ['1', '1.0'] }, x1: { reals: [2, 1] } })).toEqual({
      variable: [1, 0, 0, 1],
    });
  });

  describe('refuses', () => {
    it.each<[string, StoredValue, Record<string, StoredValue>, string]>([
      [
        'categories of several types',
        objects(['a', 1]),
        {},
        'categories_[0] holds categories of several types',
      ],
      ['two kinds of missing', objects(['a', null, Number.NaN]), {}, 'both None and NaN'],
      ['a category twice', objects([1, true]), {}, 'categories_[0] holds a category twice'],
      ['no category', objects([]), {}, 'categories_[0] is empty'],
      [
        'large integers',
        objects([2n ** 60n]),
        {},
        'too large for a double; make them texts before the model is fitted',
      ],
      ['an unknown rule', texts(['a']), { handle_unknown: 'guess' }, 'handle_unknown is "guess"'],
      ['too few columns', texts(['a']), { n_features_in_: 2 }, 'categories of 1 columns and gets 2'],
      [
        'a dropped category beyond',
        texts(['a']),
        { _drop_idx_after_grouping: list(1) },
        'does not fit the categories',
      ],
      [
        'a mapping beyond the categories',
        texts(['a', 'b']),
        { _infrequent_enabled: true, _default_to_infrequent_mappings: list(integers([0, 9])) },
        '_default_to_infrequent_mappings[0] does not map 2 categories',
      ],
    ])('%s', (_, categories, attributes, message) => {
      expect(() => convertModel(oneHot(categories, attributes), null)).toThrow(message);
    });

    it('texts where the signature says numbers, and the reverse', () => {
      expect(() => convertModel(oneHot(texts(['a'])), column('double'))).toThrow('column "x" is of numbers');
      expect(() => convertModel(oneHot(doubles([1])), column('string'))).toThrow('column "x" is of texts');
    });

    it('categories that single precision cannot tell apart', () => {
      expect(() => convertModel(oneHot(doubles([0.1, 0.1 + 1e-12])), null, 'float')).toThrow(
        'single precision',
      );
    });
  });
});
