import { describe, expect, it } from 'vitest';
import { convertModel } from '../../../../../src/formats/fitted/convert/convert-model.ts';
import type { StoredValue } from '../../../../../src/formats/fitted/values/stored-value.ts';
import { MISSING_TEXT } from '../../../../../src/model/missing-text.ts';
import { doubles, list, object, objects, texts } from '../../build-stored.ts';
import { runGraph } from '../../run-graph.ts';

type State = Readonly<Record<string, StoredValue>>;

function encoder(name: string, categories: StoredValue, attributes: State) {
  return object(`sklearn.preprocessing._encoders.${name}`, {
    n_features_in_: 1,
    categories_: list(categories),
    ...attributes,
  });
}

const REGRESSION = object('sklearn.linear_model._base.LinearRegression', {
  coef_: doubles([1]),
  intercept_: 0,
});

function withRegression(step: StoredValue): StoredValue {
  return object('sklearn.pipeline.Pipeline', { steps: list(list('a', step), list('b', REGRESSION)) });
}

describe('OrdinalEncoder', () => {
  it('gives a missing value what it was told to, or NaN, which a later step may refuse', async () => {
    const model = encoder('OrdinalEncoder', objects(['a', 'b', Number.NaN]), { handle_unknown: 'error' });
    const { onnx, takesNaN } = convertModel(model, null);
    expect(await runGraph(onnx, 2, { X: { texts: ['b', MISSING_TEXT] } })).toEqual({
      variable: [1, Number.NaN],
    });
    expect(takesNaN).toEqual(new Map([['X', [true]]]));
    expect(convertModel(withRegression(model), null).takesNaN).toEqual(new Map([['X', [false]]]));
    const told = encoder('OrdinalEncoder', objects(['a', Number.NaN]), {
      handle_unknown: 'error',
      encoded_missing_value: -3,
    });
    expect(convertModel(withRegression(told), null).takesNaN).toEqual(new Map([['X', [true]]]));
  });

  it('fails the run where an unknown value would be NaN in a step that refuses it', async () => {
    const model = encoder('OrdinalEncoder', texts(['a', 'b']), {
      handle_unknown: 'use_encoded_value',
      unknown_value: Number.NaN,
    });
    const { onnx } = convertModel(withRegression(model), null);
    expect(await runGraph(onnx, 2, { X: { texts: ['b', 'a'] } })).toEqual({ variable: [1, 0] });
    await expect(runGraph(onnx, 1, { X: { texts: ['c'] } })).rejects.toThrow('out of data bounds');
  });

  it('tells the operator that later steps were trained in single precision, and allows for it', () => {
    const model = encoder('OrdinalEncoder', texts(['a']), {
      handle_unknown: 'error',
      dtype: { kind: 'name', name: 'numpy.float32' },
    });
    const { tolerance, notes } = convertModel(model, null);
    expect({ tolerance, notes }).toEqual({
      tolerance: 1e-5,
      notes: [expect.stringContaining('dtype=float32')],
    });
  });

  it.each<[string, State, string]>([
    [
      'a narrow dtype',
      { handle_unknown: 'error', dtype: { kind: 'name', name: 'numpy.int8' } },
      'dtype is int8',
    ],
    ['an unknown rule', { handle_unknown: 'guess' }, 'handle_unknown is "guess"'],
  ])('refuses %s', (_, attributes, message) => {
    expect(() => convertModel(encoder('OrdinalEncoder', texts(['a']), attributes), null)).toThrow(message);
  });
});

describe('TargetEncoder', () => {
  it('refuses encodings of another number of columns or categories', () => {
    const state = { target_type_: 'binary', target_mean_: 0.5, classes_: texts(['a', 'b']) };
    const few = encoder('TargetEncoder', texts(['a']), { ...state, encodings_: list() });
    expect(() => convertModel(few, null)).toThrow('0 encodings of 1 columns');
    const short = encoder('TargetEncoder', texts(['a']), { ...state, encodings_: list(doubles([1, 2])) });
    expect(() => convertModel(short, null)).toThrow('encodings_[0] is not an array of shape [1]');
  });
});

describe('KBinsDiscretizer', () => {
  function bins(edges: StoredValue, attributes: State = {}) {
    const state = { n_features_in_: 1, bin_edges_: list(edges), encode: 'ordinal', ...attributes };
    return object('sklearn.preprocessing._discretization.KBinsDiscretizer', state);
  }

  it('puts a number on an edge into the bin above, and what is beyond into the outer bins', async () => {
    const { onnx } = convertModel(bins(doubles([0, 1, 2, 3])), null);
    const { variable } = await runGraph(onnx, 6, { X: { reals: [-9, 0.9999999999999999, 1, 2, 3, 99] } });
    expect(variable).toEqual([0, 0, 1, 2, 2, 2]);
  });

  it('compares in single precision where it was told to', async () => {
    const single = { dtype: { kind: 'name', name: 'numpy.float32' } } as const;
    const { onnx } = convertModel(bins(doubles([0, 1, 2]), single), null);
    expect(await runGraph(onnx, 1, { X: { reals: [0.9999999999999999] } })).toEqual({ variable: [1] });
  });

  it('refuses edges that do not rise', () => {
    expect(() => convertModel(bins(doubles([0, 2, 1, 3])), null)).toThrow('bin_edges_[0] does not rise');
    expect(() => convertModel(bins(doubles([0, Number.NaN, 3])), null)).toThrow(
      'bin_edges_[0] does not rise',
    );
  });
});

describe('PolynomialFeatures', () => {
  function polynomial(attributes: State) {
    return object('sklearn.preprocessing._polynomial.PolynomialFeatures', {
      n_features_in_: 2,
      degree: 2,
      interaction_only: false,
      include_bias: true,
      n_output_features_: 6,
      ...attributes,
    });
  }

  it('multiplies in the order of scikit-learn', async () => {
    const { onnx } = convertModel(polynomial({}), null);
    expect(await runGraph(onnx, 1, { X: { reals: [2, 3] } })).toEqual({ variable: [1, 2, 3, 4, 6, 9] });
  });

  it.each<[string, State, string]>([
    [
      'a degree that makes too many columns',
      { degree: 150, n_features_in_: 10 },
      'makes more than 1000000 columns',
    ],
    ['a degree beyond sense', { degree: 1e9 }, 'degree is above 200'],
    ['another number of columns than it says', { n_output_features_: 5 }, 'makes 6 columns and says 5'],
    ['half a pair', { degree: list(1) }, 'degree is no pair'],
  ])('refuses %s', (_, attributes, message) => {
    expect(() => convertModel(polynomial(attributes), null)).toThrow(message);
  });
});
