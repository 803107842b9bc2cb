import { describe, expect, it } from 'vitest';
import { convertModel } from '../../../../../src/formats/fitted/convert/convert-model.ts';
import type { StoredValue } from '../../../../../src/formats/fitted/values/stored-value.ts';
import { doubles, list, object } from '../../build-stored.ts';
import { runGraph } from '../../run-graph.ts';

type State = Readonly<Record<string, StoredValue>>;

/** Three hat functions over the knots 0, 1 and 3. */
function spline(attributes: State = {}) {
  return object('scipy.interpolate._bsplines.BSpline', {
    k: 1,
    t: doubles([-1, 0, 1, 3, 5]),
    c: doubles([1, 0, 0, 0, 1, 0, 0, 0, 1], [3, 3]),
    ...attributes,
  });
}

function transformer(attributes: State = {}) {
  return object('sklearn.preprocessing._polynomial.SplineTransformer', {
    n_features_in_: 1,
    degree: 1,
    bsplines_: list(spline()),
    extrapolation: 'constant',
    include_bias: true,
    ...attributes,
  });
}

async function valuesOf(model: StoredValue, ...reals: readonly number[]): Promise<number[]> {
  const { onnx } = convertModel(model, null);
  return (await runGraph(onnx, reals.length, { X: { reals } })).variable as number[];
}

describe('SplineTransformer', () => {
  it('is the hat functions at and between the knots', async () => {
    expect(await valuesOf(transformer(), 0, 0.25, 1, 2, 3)).toEqual([
      1, 0, 0, 0.75, 0.25, 0, 0, 1, 0, 0, 0.5, 0.5, 0, 0, 1,
    ]);
  });

  it.each<[string, number[]]>([
    ['constant', [1, 0, 0, 0, 0, 1]],
    ['linear', [2, -1, 0, 0, -0.5, 1.5]],
    ['continue', [2, -1, 0, 0, -0.5, 1.5]],
    ['periodic', [0, 0.5, 0.5, 0, 1, 0]],
  ])('goes on beyond the outer knots: %s', async (extrapolation, wanted) => {
    expect(await valuesOf(transformer({ extrapolation }), -1, 4)).toEqual(wanted);
  });

  it('fails the run beyond the outer knots where it was told to', async () => {
    const model = transformer({ extrapolation: 'error' });
    expect(await valuesOf(model, 3)).toEqual([0, 0, 1]);
    await expect(valuesOf(model, 3, 3.1)).rejects.toThrow('out of data bounds');
    await expect(valuesOf(model, -0.1)).rejects.toThrow('out of data bounds');
  });

  it('is zero of a missing value, or takes none', async () => {
    const model = transformer({ handle_missing: 'zeros', include_bias: false });
    expect(await valuesOf(model, Number.NaN, 1)).toEqual([0, 0, 0, 1]);
    expect(convertModel(model, null).takesNaN).toEqual(new Map([['X', [true]]]));
    expect(convertModel(transformer(), null).takesNaN).toEqual(new Map([['X', [false]]]));
  });

  it.each<[string, State, string]>([
    ['another rule', { extrapolation: 'guess' }, 'extrapolation is "guess"'],
    ['too few splines', { n_features_in_: 2 }, 'splines of 1 columns and gets 2'],
    ['degree 0', { bsplines_: list(spline({ k: 0 })) }, 'bsplines_[0] is of degree 0'],
    ['an endless degree', { bsplines_: list(spline({ k: 1e9 })) }, 'of degree 1000000000'],
    ['knots that fall', { bsplines_: list(spline({ t: doubles([0, 2, 1, 3, 4]) })) }, 'has no rising knots'],
    ['one knot', { bsplines_: list(spline({ t: doubles([1, 1, 1, 1, 1]) })) }, 'has one knot only'],
    [
      'weights of another number',
      { bsplines_: list(spline({ c: doubles([1], [1, 1]) })) },
      'c is not an array of shape [3, ?]',
    ],
    [
      'straight ends of several columns',
      { n_features_in_: 2, bsplines_: list(spline(), spline()), extrapolation: 'linear' },
      'degree 1 for several columns; export the model',
    ],
  ])('refuses %s', (_, attributes, message) => {
    expect(() => convertModel(transformer(attributes), null)).toThrow(message);
  });
});
