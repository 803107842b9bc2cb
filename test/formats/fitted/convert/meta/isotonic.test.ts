import { describe, expect, it } from 'vitest';
import { convertModel } from '../../../../../src/formats/fitted/convert/convert-model.ts';
import type { StoredValue } from '../../../../../src/formats/fitted/values/stored-value.ts';
import { doubles, object } from '../../build-stored.ts';
import { runGraph } from '../../run-graph.ts';

function isotonic(attributes: Readonly<Record<string, StoredValue>>) {
  return convertModel(
    object('sklearn.isotonic.IsotonicRegression', {
      n_features_in_: 1,
      X_thresholds_: doubles([0, 1, 3]),
      y_thresholds_: doubles([10, 20, 40]),
      X_min_: 0,
      X_max_: 3,
      ...attributes,
    }),
    null,
  ).onnx;
}

describe('isotonicRegression', () => {
  it.each([
    ['nan', [Number.NaN, 10, 30, 40, Number.NaN]],
    ['clip', [10, 10, 30, 40, 40]],
  ])('answers beyond its knots as out_of_bounds="%s" says', async (bounds, expected) => {
    const onnx = isotonic({ out_of_bounds: bounds });
    const { variable } = await runGraph(onnx, 5, { X: { reals: [-1e-9, 0, 2, 3, 3.5] } });
    expect(variable).toEqual(expected);
  });

  it('fails beyond its knots where scikit-learn raises', async () => {
    const onnx = isotonic({ out_of_bounds: 'raise' });
    expect(await runGraph(onnx, 1, { X: { reals: [0.5] } })).toEqual({ variable: [15] });
    await expect(runGraph(onnx, 2, { X: { reals: [0.5, 4] } })).rejects.toThrow();
  });

  it('answers everything with its only knot', async () => {
    const onnx = isotonic({
      out_of_bounds: 'nan',
      X_thresholds_: doubles([1]),
      y_thresholds_: doubles([7]),
      X_min_: 1,
      X_max_: 1,
    });
    expect(await runGraph(onnx, 2, { X: { reals: [-5, 5] } })).toEqual({ variable: [7, 7] });
  });

  it('is refused with bounds that do not exist', () => {
    expect(() => isotonic({ out_of_bounds: 'wrap' })).toThrow('unknown out_of_bounds "wrap"');
  });
});
