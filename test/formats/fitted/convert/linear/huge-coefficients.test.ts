import { expect, it } from 'vitest';
import { convertModel } from '../../../../../src/formats/fitted/convert/convert-model.ts';
import { doubles, object } from '../../build-stored.ts';

function converted(...coefficients: number[]) {
  const model = object('sklearn.linear_model._base.LinearRegression', {
    coef_: doubles(coefficients),
    intercept_: 1,
    n_features_in_: coefficients.length,
  });
  return convertModel(model, null);
}

it('is said of a regression on columns that say the same how many digits its answers have', () => {
  const { tolerance, notes } = converted(2e12, -2e12);
  expect(tolerance).toBeCloseTo(2e12 * 2 ** -48, 9);
  expect(notes).toEqual([expect.stringContaining('coefficients of 2e+12 that cancel')]);
  expect(converted(5e6, 3)).toMatchObject({ tolerance: 1e-12, notes: [] });
});
