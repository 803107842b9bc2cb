import { describe, expect, it } from 'vitest';
import { digamma } from '../../../../../src/formats/fitted/convert/clusters/digamma.ts';
import { convertModel } from '../../../../../src/formats/fitted/convert/convert-model.ts';
import type { NdArray } from '../../../../../src/formats/fitted/values/nd-array.ts';
import type { StoredObject, StoredValue } from '../../../../../src/formats/fitted/values/stored-value.ts';
import { doubles, object } from '../../build-stored.ts';
import { compareFixture, convertFixture, familyFixtures } from '../../family-fixtures.ts';

const EULER = 0.5772156649015329;

function bisecting(tree: StoredObject, attributes: Readonly<Record<string, StoredValue>> = {}) {
  return object('sklearn.cluster._bisect_k_means.BisectingKMeans', {
    n_features_in_: 1,
    cluster_centers_: doubles([0, 1], [2, 1]),
    _bisecting_tree: tree,
    ...attributes,
  });
}

function node(attributes: Readonly<Record<string, StoredValue>>) {
  return object('sklearn.cluster._bisect_k_means._BisectingTree', { center: doubles([0]), ...attributes });
}

describe('clusters and mixtures', () => {
  it.each(familyFixtures('clusters'))('answer as scikit-learn does: %s', async (name) => {
    const { worst, wrongLabels, outputs } = await compareFixture('clusters', name);
    expect({ wrongLabels, outputs: outputs.length }).toEqual({ wrongLabels: 0, outputs: 2 });
    expect(worst).toBeLessThan(1e-12);
  });

  it('tell how far the distances of scikit-learn may be off beside a center', () => {
    const { tolerance, notes } = convertFixture('clusters', 'k_means.1.9');
    expect(tolerance).toBeGreaterThan(1e-7);
    expect(tolerance).toBeLessThan(1e-6);
    expect(notes).toHaveLength(1);
  });

  it('expect less of centers in single precision', () => {
    const centers = doubles([3, 4], [1, 2]);
    const single: NdArray = {
      ...centers,
      dtype: { letter: 'f', itemBytes: 4, littleEndian: true },
      bytes: new Uint8Array(Float32Array.of(3, 4).buffer),
    };
    const tolerance = (cluster_centers_: NdArray) =>
      convertModel(object('sklearn.cluster._kmeans.KMeans', { n_features_in_: 2, cluster_centers_ }), null)
        .tolerance;
    expect(tolerance(centers)).toBe(5 * Math.sqrt(2 ** -49));
    expect(tolerance(single)).toBe(5 * Math.sqrt(2 ** -20));
  });

  it('are refused where a tree of splits holds itself', () => {
    const leaf = node({ label: 0, left: null, right: null });
    const root = node({ right: leaf });
    root.attributes.set('left', root);
    expect(() => convertModel(bisecting(root), null)).toThrow('one split too many for 2 clusters');
  });

  it.each<[string, StoredValue, string]>([
    [
      'a cluster that does not exist',
      bisecting(node({ left: node({ label: 0 }), right: node({ label: 2 }) })),
      'is the unknown cluster 2',
    ],
    [
      'more clusters than a graph of splits can have',
      bisecting(node({ label: 0 }), { cluster_centers_: doubles(new Array(1001).fill(0), [1001, 1]) }),
      'BisectingKMeans has 1001 clusters, and at most 1000 are converted',
    ],
    [
      'an unknown covariance',
      object('sklearn.mixture._gaussian_mixture.GaussianMixture', {
        n_features_in_: 1,
        means_: doubles([0], [1, 1]),
        precisions_cholesky_: doubles([1], [1, 1]),
        covariance_type: 'banded',
      }),
      'has the unknown covariance type "banded"',
    ],
  ])('are refused with %s', (_, model, message) => {
    expect(() => convertModel(model, null)).toThrow(message);
  });
});

describe('digamma', () => {
  it('is exact where it is known in closed form', () => {
    expect(digamma(1)).toBeCloseTo(-EULER, 14);
    expect(digamma(0.5)).toBeCloseTo(-EULER - 2 * Math.LN2, 14);
    expect(digamma(2)).toBeCloseTo(1 - EULER, 14);
    expect(digamma(1e6)).toBeCloseTo(Math.log(1e6) - 0.5e-6, 12);
  });
});
