import { describe, expect, it } from 'vitest';
import { convertModel } from '../../../../../src/formats/fitted/convert/convert-model.ts';
import type { StoredValue } from '../../../../../src/formats/fitted/values/stored-value.ts';
import { doubles, list, object } from '../../build-stored.ts';
import { runGraph } from '../../run-graph.ts';

type State = Readonly<Record<string, StoredValue>>;

function scaler(name: string, attributes: State) {
  return object(`sklearn.preprocessing._data.${name}`, { n_features_in_: 1, ...attributes });
}

async function valuesOf(model: StoredValue, reals: readonly number[]): Promise<number[]> {
  const { onnx } = convertModel(model, null);
  return (await runGraph(onnx, reals.length, { X: { reals } })).variable as number[];
}

function power(lambda: number, attributes: State = {}) {
  return scaler('PowerTransformer', {
    method: 'yeo-johnson',
    standardize: false,
    lambdas_: doubles([lambda]),
    ...attributes,
  });
}

describe('PowerTransformer', () => {
  const numbers = [0, 1e-12, 3, 1e5, -1e-12, -2, -700];

  it.each([0, 2, 1, -1.5, 3.25])(
    'takes Yeo and Johnson’s power %d of numbers of both signs',
    async (lambda) => {
      const wanted = numbers.map((x) => {
        if (x >= 0) return lambda === 0 ? Math.log1p(x) : Math.expm1(lambda * Math.log1p(x)) / lambda;
        return lambda === 2 ? -Math.log1p(-x) : -Math.expm1((2 - lambda) * Math.log1p(-x)) / (2 - lambda);
      });
      const got = await valuesOf(power(lambda), [...numbers, Number.NaN]);
      expect(got.at(-1)).toBeNaN();
      for (const [at, value] of wanted.entries())
        expect(Math.abs((got[at] as number) - value) / (1 + Math.abs(value))).toBeLessThan(1e-14);
    },
  );

  it('fails the run where Box and Cox’s power is asked of a number that is not positive', async () => {
    const model = power(0, { method: 'box-cox' });
    expect(await valuesOf(model, [1, Math.E])).toEqual([0, 1]);
    await expect(valuesOf(model, [1, 0])).rejects.toThrow('out of data bounds');
  });

  it('tells where a column is stretched so much that its last digits show', () => {
    const stretching = scaler('StandardScaler', {
      with_mean: true,
      with_std: true,
      mean_: doubles([1]),
      scale_: doubles([1e-9]),
    });
    const { tolerance, notes } = convertModel(power(1, { standardize: true, _scaler: stretching }), null);
    expect(tolerance).toBeCloseTo(1.8e-6, 7);
    expect(notes).toEqual([expect.stringContaining('differ in the last digits')]);
  });

  it.each<[string, State, string]>([
    ['another method', { method: 'log' }, 'has method "log"'],
    ['a column without a power', { lambdas_: doubles([Number.NaN]) }, 'lambdas_ has no power'],
  ])('refuses %s', (_, attributes, message) => {
    expect(() => convertModel(power(1, attributes), null)).toThrow(message);
  });
});

describe('QuantileTransformer', () => {
  function quantiles(attributes: State) {
    return scaler('QuantileTransformer', {
      output_distribution: 'uniform',
      references_: doubles([0, 0.25, 0.5, 0.75, 1]),
      quantiles_: doubles([1, 2, 2, 2, 6], [5, 1]),
      ...attributes,
    });
  }

  it('gives a value that many rows had the middle of its shares', async () => {
    expect(await valuesOf(quantiles({}), [0, 1, 1.5, 2, 4, 6, 7, Number.NaN])).toEqual([
      0,
      0,
      0.125,
      0.5,
      0.875,
      1,
      1,
      Number.NaN,
    ]);
  });

  it('cuts the normal distribution off where scikit-learn does', async () => {
    const got = await valuesOf(quantiles({ output_distribution: 'normal' }), [1, 2, 6, Number.NaN]);
    expect(got[0]).toBeCloseTo(-5.199337582605575, 12);
    expect(got[1]).toBe(0);
    expect(got[2]).toBeCloseTo(5.19933758270342, 12);
    expect(got[3]).toBeNaN();
  });

  it.each<[string, State, string]>([
    ['another distribution', { output_distribution: 'beta' }, 'output_distribution "beta"'],
    ['quantiles that fall', { quantiles_: doubles([1, 2, 1, 3, 4], [5, 1]) }, 'quantiles_ does not rise'],
    ['too few quantiles', { quantiles_: doubles([1], [1, 1]) }, 'quantiles_ is not an array of shape [5, 1]'],
    [
      'quantiles too close for their slope',
      { quantiles_: doubles([0, 5e-324, 1, 2, 3], [5, 1]) },
      'too close to each other',
    ],
  ])('refuses %s', (_, attributes, message) => {
    expect(() => convertModel(quantiles(attributes), null)).toThrow(message);
  });
});

describe('Normalizer', () => {
  it('leaves a row that is as good as zero', async () => {
    const { onnx } = convertModel(scaler('Normalizer', { norm: 'l1', n_features_in_: 2 }), null);
    const { variable } = await runGraph(onnx, 3, { X: { reals: [0, 0, 1e-15, 1e-15, 3, -1] } });
    expect(variable).toEqual([0, 0, 1e-15, 1e-15, 0.75, -0.25]);
  });

  it('refuses another norm', () => {
    expect(() => convertModel(scaler('Normalizer', { norm: 'l3' }), null)).toThrow(
      'norm is "l3", which is no norm',
    );
  });
});

describe('scalers', () => {
  it('clip where they are told to, and keep NaN', async () => {
    const state = { scale_: doubles([1]), min_: doubles([0]), clip: true, feature_range: list(0, 1) };
    expect(await valuesOf(scaler('MinMaxScaler', state), [-1, 0.5, 2, Number.NaN])).toEqual([
      0,
      0.5,
      1,
      Number.NaN,
    ]);
    const most = scaler('MaxAbsScaler', { scale_: doubles([2]), clip: true });
    expect(await valuesOf(most, [-9, 1, 9])).toEqual([-1, 0.5, 1]);
  });

  it('refuse a scale of another number of columns', () => {
    const model = scaler('RobustScaler', {
      with_centering: false,
      with_scaling: true,
      scale_: doubles([1, 2]),
    });
    expect(() => convertModel(model, null)).toThrow('scale_ is not an array of shape [1]');
  });
});
