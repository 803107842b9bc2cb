import { describe, expect, it } from 'vitest';
import { convertModel } from '../../../../../src/formats/fitted/convert/convert-model.ts';
import type { StoredValue } from '../../../../../src/formats/fitted/values/stored-value.ts';
import { doubles, object } from '../../build-stored.ts';
import { compareFixture, familyFixtures } from '../../family-fixtures.ts';
import { runGraph } from '../../run-graph.ts';

function envelope(attributes: Readonly<Record<string, StoredValue>> = {}) {
  return object('sklearn.covariance._elliptic_envelope.EllipticEnvelope', {
    n_features_in_: 1,
    location_: doubles([1]),
    covariance_: doubles([1], [1, 1]),
    precision_: doubles([1], [1, 1]),
    store_precision: true,
    offset_: -4,
    ...attributes,
  });
}

describe('EllipticEnvelope', () => {
  it.each(familyFixtures('covariances'))('answers as scikit-learn does: %s', async (name) => {
    const { worst, wrongLabels, outputs } = await compareFixture('covariances', name);
    expect({ wrongLabels, outputs }).toEqual({ wrongLabels: 0, outputs: ['label', 'scores'] });
    expect(worst).toBeLessThan(1e-12);
  });

  it('takes what lies on the border for an inlier', async () => {
    const { onnx } = convertModel(envelope(), null);
    expect(await runGraph(onnx, 3, { X: { reals: [3, -1, 4] } })).toEqual({
      label: [1n, 1n, -1n],
      scores: [0, 0, -5],
    });
  });

  it('takes for an outlier what has no distance, as scikit-learn does', async () => {
    const { onnx } = convertModel(envelope({ precision_: doubles([-1], [1, 1]) }), null);
    const { label } = await runGraph(onnx, 2, { X: { reals: [1, 2] } });
    expect(label).toEqual([1n, -1n]);
  });

  it('tells how many digits columns lose that depend on one another', () => {
    expect(convertModel(envelope(), null).notes).toEqual([]);
    const { tolerance, notes } = convertModel(envelope({ precision_: doubles([1e6], [1, 1]) }), null);
    expect(tolerance).toBe(1e6 * 2 ** -50);
    expect(notes).toEqual(['EllipticEnvelope: terms of a size of 1e+6 cancel in its distances']);
  });

  it.each<[string, Record<string, StoredValue>, string]>([
    ['no precision', { store_precision: false, precision_: null }, 'fit it with store_precision=True'],
    ['another shape', { precision_: doubles([1, 2], [1, 2]) }, 'precision_ is not an array of shape [1, 1]'],
  ])('is refused with %s', (_, attributes, message) => {
    expect(() => convertModel(envelope(attributes), null)).toThrow(message);
  });
});
