import { describe, expect, it } from 'vitest';
import { convertModel } from '../../../../../src/formats/fitted/convert/convert-model.ts';
import type { StoredValue } from '../../../../../src/formats/fitted/values/stored-value.ts';
import { doubles, object } from '../../build-stored.ts';
import { compareFixture, familyFixtures } from '../../family-fixtures.ts';
import { runGraph } from '../../run-graph.ts';

function additive(attributes: Readonly<Record<string, StoredValue>> = {}) {
  return object('sklearn.kernel_approximation.AdditiveChi2Sampler', {
    n_features_in_: 1,
    sample_steps: 2,
    sample_interval: null,
    ...attributes,
  });
}

function skewed(attributes: Readonly<Record<string, StoredValue>> = {}) {
  return object('sklearn.kernel_approximation.SkewedChi2Sampler', {
    n_features_in_: 1,
    n_components: 1,
    skewedness: 2,
    random_weights_: doubles([1], [1, 1]),
    random_offset_: doubles([0]),
    ...attributes,
  });
}

describe('maps of the chi-squared kernels', () => {
  it.each(familyFixtures('chi_squared'))('answer as scikit-learn does: %s', async (name) => {
    const { worst, outputs } = await compareFixture('chi_squared', name);
    expect(outputs).toEqual(['variable']);
    expect(worst).toBeLessThan(1e-13);
  });

  it('make 0 of 0, which has no logarithm', async () => {
    const { onnx } = convertModel(additive({ sample_steps: 3 }), null);
    expect(await runGraph(onnx, 1, { X: { reals: [0] } })).toEqual({ variable: [0, 0, 0, 0, 0] });
  });

  it('fail the run on what has no root or logarithm', async () => {
    const roots = convertModel(additive(), null).onnx;
    await expect(runGraph(roots, 2, { X: { reals: [1, -1e-9] } })).rejects.toThrow('no numbers below zero');
    const logarithms = convertModel(skewed(), null).onnx;
    await expect(runGraph(logarithms, 2, { X: { reals: [1, -2] } })).rejects.toThrow('above -2 only');
    const { variable } = await runGraph(logarithms, 1, { X: { reals: [-1] } });
    expect(variable).toEqual([Math.sqrt(2)]);
  });

  it('take the interval that an old version settled on', async () => {
    const { onnx } = convertModel(additive({ sample_steps: 1, sample_interval_: 0.25 }), null);
    expect(await runGraph(onnx, 1, { X: { reals: [16] } })).toEqual({ variable: [2] });
  });

  it.each<[string, StoredValue, string]>([
    ['no interval', additive({ sample_steps: 4 }), 'AdditiveChi2Sampler has no interval for 4 sample_steps'],
    ['no steps', additive({ sample_steps: 0, sample_interval: 1 }), 'has no interval for 0 sample_steps'],
    ['a negative interval', additive({ sample_interval: -1 }), 'has no interval for 2 sample_steps'],
    [
      'too many steps',
      additive({ sample_steps: 2 ** 40, sample_interval: 1 }),
      'would need a table of 2199023255551 numbers for its columns',
    ],
    ['other weights', skewed({ n_components: 2 }), 'random_weights_ is not an array of shape [1, 2]'],
  ])('are refused with %s', (_, model, message) => {
    expect(() => convertModel(model, null)).toThrow(message);
  });
});
