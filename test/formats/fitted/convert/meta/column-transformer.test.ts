import { describe, expect, it } from 'vitest';
import { convertModel } from '../../../../../src/formats/fitted/convert/convert-model.ts';
import type { StoredValue } from '../../../../../src/formats/fitted/values/stored-value.ts';
import { doubles, list, map, object } from '../../build-stored.ts';
import { runGraph } from '../../run-graph.ts';

const SCALER = object('sklearn.preprocessing._data.MaxAbsScaler', { scale_: doubles([2]) });

function columns(
  indices: Record<string, StoredValue>,
  attributes: Readonly<Record<string, StoredValue>> = {},
) {
  return object('sklearn.compose._column_transformer.ColumnTransformer', {
    n_features_in_: 3,
    transformers_: list(
      list('a', SCALER, list('z')),
      list('b', 'drop', list(1)),
      list('c', 'passthrough', list(0)),
    ),
    transformer_weights: null,
    _transformer_to_input_indices: map(indices),
    ...attributes,
  });
}

describe('ColumnTransformer', () => {
  it('puts side by side what each transformer makes of its resolved columns', async () => {
    const model = columns(
      { a: list(2), b: list(1), c: list(0) },
      { transformer_weights: map({ c: 10, b: 3 }) },
    );
    const { onnx, estimator, takesNaN } = convertModel(model, null);
    expect(await runGraph(onnx, 2, { X: { reals: [1, 2, 3, 4, 5, 6] } })).toEqual({
      variable: [1.5, 10, 3, 40],
    });
    expect(estimator).toBe('ColumnTransformer(MaxAbsScaler)');
    expect(takesNaN).toEqual(new Map([['X', [true, true, true]]]));
  });

  it('passes over transformers without columns, fitted or not', async () => {
    const model = columns({ a: list(), b: list(), c: list(1) });
    expect(await runGraph(convertModel(model, null).onnx, 1, { X: { reals: [1, 2, 3] } })).toEqual({
      variable: [2],
    });
  });

  it.each<[string, StoredValue, string]>([
    [
      'columns that are not there',
      columns({ a: list(3), c: list(0) }),
      '_transformer_to_input_indices["a"] names columns beyond the 3',
    ],
    ['negative positions', columns({ a: list(-1), c: list(0) }), 'names columns beyond'],
    [
      'a transformer whose columns are not told',
      columns({ c: list(0) }),
      'does not say which columns "a" gets',
    ],
    [
      'half a transformer',
      columns({}, { transformers_: list(list('a', SCALER)) }),
      'transformers_[0] is no transformer',
    ],
    [
      'a transformer of its own code',
      columns({ a: list(0) }, { transformers_: list(list('a', object('mine.Scaler'), list(0))) }),
      'Scaler at transformers_[0][1] is a class of its own code (mine.Scaler)',
    ],
  ])('refuses %s', (_, model, message) => {
    expect(() => convertModel(model, null)).toThrow(message);
  });

  it('does not follow shared parts without an end', () => {
    let part: StoredValue = object('sklearn.pipeline.FeatureUnion', {
      transformer_list: list(),
      n_features_in_: 1,
    });
    for (let level = 0; level < 40; level += 1) {
      part = object('sklearn.pipeline.FeatureUnion', {
        transformer_list: list(list('a', part), list('b', part)),
      });
    }
    expect(() => convertModel(part, null)).toThrow('more than 100000 estimators');
  });
});
