import { describe, expect, it } from 'vitest';
import { convertModel } from '../../../../../src/formats/fitted/convert/convert-model.ts';
import type { StoredValue } from '../../../../../src/formats/fitted/values/stored-value.ts';
import { doubles, object } from '../../build-stored.ts';
import { compareFixture, familyFixtures } from '../../family-fixtures.ts';

function kernel(className: string, attributes: Readonly<Record<string, StoredValue>> = {}) {
  return object(`sklearn.gaussian_process.kernels.${className}`, attributes);
}

function process(own: StoredValue, alpha = 1) {
  return object('sklearn.gaussian_process._gpr.GaussianProcessRegressor', {
    n_features_in_: 1,
    X_train_: doubles([0], [1, 1]),
    alpha_: doubles([alpha]),
    _y_train_mean: doubles([0]),
    _y_train_std: 1,
    kernel_: own,
  });
}

describe('Gaussian processes', () => {
  it.each(familyFixtures('processes'))('answer as scikit-learn does: %s', async (name) => {
    const { worst, outputs } = await compareFixture('processes', name);
    expect(outputs).toEqual(['variable']);
    expect(worst).toBeLessThan(1e-13);
  });

  it('tell that digits cancel where weights are large', () => {
    const rbf = kernel('RBF', { length_scale: 1 });
    expect(convertModel(process(rbf), null).tolerance).toBe(1e-12);
    const { tolerance, notes } = convertModel(process(rbf, 1e6), null);
    expect(tolerance).toBe(1e6 * 2 ** -48);
    expect(notes[0]).toContain('weights of a size of 1e+6 cancel');
  });

  it('are refused where a kernel holds itself', () => {
    const sum = kernel('Sum', { k1: kernel('WhiteKernel') });
    sum.attributes.set('k2', sum);
    expect(() => convertModel(process(sum), null)).toThrow('Sum at kernel_ has more than 50 parts');
  });

  it.each<[string, StoredValue, string]>([
    [
      'a kernel of another kind',
      kernel('PairwiseKernel'),
      'PairwiseKernel at kernel_ is a kernel that is not converted',
    ],
    [
      'such a kernel inside',
      kernel('Product', { k1: kernel('WhiteKernel'), k2: kernel('PairwiseKernel') }),
      'PairwiseKernel at kernel_.k2 is a kernel that is not converted',
    ],
    [
      'a smoothness without a formula',
      kernel('Matern', { nu: 2 }),
      'Matern at kernel_ has nu=2, and only 0.5, 1.5, 2.5',
    ],
    [
      'length scales of other columns',
      kernel('RBF', { length_scale: doubles([1, 2]) }),
      'kernel_.length_scale is not an array of shape [1]',
    ],
  ])('are refused with %s', (_, own, message) => {
    expect(() => convertModel(process(own), null)).toThrow(message);
  });
});
