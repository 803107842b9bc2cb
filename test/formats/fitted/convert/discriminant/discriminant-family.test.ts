import { describe, expect, it } from 'vitest';
import { convertModel } from '../../../../../src/formats/fitted/convert/convert-model.ts';
import { doubles, integers, list, object } from '../../build-stored.ts';
import { compareFixture, familyFixtures } from '../../family-fixtures.ts';

describe('discriminant analysis', () => {
  it.each(familyFixtures('discriminant'))('answers as scikit-learn does: %s', async (name) => {
    const { worst, wrongLabels, outputs } = await compareFixture('discriminant', name);
    expect({ wrongLabels, outputs: outputs.length > 0 }).toEqual({ wrongLabels: 0, outputs: true });
    expect(worst).toBeLessThan(1e-13);
  });

  it('is refused as a transformer with a solver that has no transform', () => {
    const reduction = object('sklearn.discriminant_analysis.LinearDiscriminantAnalysis', { solver: 'lsqr' });
    const last = object('sklearn.linear_model._base.LinearRegression', {
      coef_: doubles([1]),
      intercept_: 0,
    });
    const model = object('sklearn.pipeline.Pipeline', { steps: list(list('a', reduction), list('b', last)) });
    expect(() => convertModel(model, null)).toThrow(
      'LinearDiscriminantAnalysis at steps[0][1] was fitted with the solver "lsqr", which has no transform; export',
    );
  });

  it('is refused with rotations of too few classes', () => {
    const model = object('sklearn.discriminant_analysis.QuadraticDiscriminantAnalysis', {
      n_features_in_: 1,
      classes_: integers([0, 1]),
      means_: doubles([0, 1], [2, 1]),
      priors_: doubles([0.5, 0.5]),
      rotations_: list(doubles([1], [1, 1])),
      scalings_: list(doubles([1]), doubles([1])),
    });
    expect(() => convertModel(model, null)).toThrow(
      'rotations_ of QuadraticDiscriminantAnalysis has 1 items for 2 classes',
    );
  });
});
