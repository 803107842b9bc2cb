import { describe, expect, it } from 'vitest';
import { convertModel } from '../../../../../src/formats/fitted/convert/convert-model.ts';
import { doubles, object } from '../../build-stored.ts';
import { compareFixture, familyFixtures } from '../../family-fixtures.ts';

describe('decompositions', () => {
  it.each(familyFixtures('decomposition'))('answer as scikit-learn does: %s', async (name) => {
    const { worst, outputs } = await compareFixture('decomposition', name);
    expect(outputs).toEqual(['variable']);
    expect(worst).toBeLessThan(1e-13);
  });

  it('are refused where components without variance are whitened', () => {
    const model = object('sklearn.decomposition._pca.PCA', {
      n_features_in_: 1,
      components_: doubles([1], [1, 1]),
      mean_: doubles([0]),
      explained_variance_: doubles([1e-33]),
      whiten: true,
    });
    expect(() => convertModel(model, null)).toThrow('PCA whitens components without variance');
  });

  it('are refused where the noise leaves no matrix to invert', () => {
    const model = object('sklearn.decomposition._factor_analysis.FactorAnalysis', {
      n_features_in_: 1,
      components_: doubles([1], [1, 1]),
      mean_: doubles([0]),
      noise_variance_: doubles([-1]),
    });
    expect(() => convertModel(model, null)).toThrow('give no matrix to invert');
  });
});
