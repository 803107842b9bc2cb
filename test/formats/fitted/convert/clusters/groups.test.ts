import { describe, expect, it } from 'vitest';
import { convertModel } from '../../../../../src/formats/fitted/convert/convert-model.ts';
import type { StoredObject, StoredValue } from '../../../../../src/formats/fitted/values/stored-value.ts';
import { doubles, integers, object } from '../../build-stored.ts';
import { compareFixture, familyFixtures } from '../../family-fixtures.ts';
import { runGraph } from '../../run-graph.ts';

const MEAN: StoredValue = { kind: 'name', name: 'numpy.mean' };

function agglomeration(labels: readonly number[], pooling_func: StoredValue = MEAN): StoredObject {
  return object('sklearn.cluster._agglomerative.FeatureAgglomeration', {
    n_features_in_: 4,
    labels_: doubles(labels),
    pooling_func,
  });
}

function birch(labels: readonly number[]) {
  return object('sklearn.cluster._birch.Birch', {
    n_features_in_: 1,
    subcluster_centers_: doubles([0, 2, 10], [3, 1]),
    subcluster_labels_: doubles(labels),
  });
}

function affinity(attributes: Readonly<Record<string, StoredValue>>) {
  return object('sklearn.cluster._affinity_propagation.AffinityPropagation', {
    n_features_in_: 1,
    affinity: 'euclidean',
    cluster_centers_: doubles([0, 4], [2, 1]),
    ...attributes,
  });
}

describe('groups of rows and of columns', () => {
  it.each(familyFixtures('groups'))('answer as scikit-learn does: %s', async (name) => {
    const { worst, wrongLabels, outputs } = await compareFixture('groups', name);
    const wanted = name.startsWith('birch')
      ? ['label', 'scores']
      : /^(mean_shift|affinity)/.test(name)
        ? ['label']
        : ['variable'];
    expect({ wrongLabels, outputs }).toEqual({ wrongLabels: 0, outputs: wanted });
    expect(worst).toBeLessThan(1e-12);
  });

  it('are those of the nearest center, the first among equals', async () => {
    const { onnx } = convertModel(affinity({}), null);
    expect(await runGraph(onnx, 3, { X: { reals: [1, 2, 3] } })).toEqual({ label: [0n, 0n, 1n] });
  });

  it('are those that Birch put the nearest subcluster into', async () => {
    const { onnx } = convertModel(birch([1, -1, 1]), null);
    expect(await runGraph(onnx, 3, { X: { reals: [0, 3, 9] } })).toEqual({
      label: [1n, -1n, 1n],
      scores: [0, 2, 10, 3, 1, 7, 9, 7, 1],
    });
  });

  it.each<[string, number[]]>([
    ['mean', [3, 4, 5]],
    ['median', [3, 2, 5]],
    ['max', [3, 9, 5]],
    ['min', [3, 1, 5]],
  ])('of columns become their %s', async (name, variable) => {
    const pooling: StoredValue = { kind: 'name', name: `numpy.${name}` };
    const model = object('sklearn.cluster._agglomerative.FeatureAgglomeration', {
      n_features_in_: 5,
      labels_: integers([1, 1, 0, 2, 1]),
      pooling_func: pooling,
    });
    const { onnx } = convertModel(model, null);
    expect(await runGraph(onnx, 1, { X: { reals: [1, 9, 3, 5, 2] } })).toEqual({ variable });
  });

  it.each<[string, StoredValue, string]>([
    [
      'precomputed affinities',
      affinity({ affinity: 'precomputed' }),
      'AffinityPropagation has precomputed affinities, with which there is no predict',
    ],
    [
      'a fit that found nothing',
      affinity({ cluster_centers_: doubles([], [0, 1]) }),
      'AffinityPropagation found no clusters, for it did not converge',
    ],
    ['a label that is no number', birch([0, Number.NaN, 1]), 'Birch has no whole number for each subcluster'],
    ['too few labels', birch([0, 1]), 'subcluster_labels_ is not an array of shape [3]'],
    [
      'a pooling function of its own code',
      agglomeration([0, 0, 1, 1], { kind: 'name', name: 'mine.mean' }),
      'FeatureAgglomeration pools columns with a function (mine.mean), and functions are never executed',
    ],
    ['a cluster without columns', agglomeration([0, 0, 2, 2]), 'labels_ does not number the clusters of 4'],
    ['more clusters than columns', agglomeration([0, 1, 2, 1e9]), 'labels_ does not number the clusters'],
    ['labels below zero', agglomeration([0, -1, 1, 1]), 'labels_ does not number the clusters of 4 columns'],
    ['labels between', agglomeration([0, 0.5, 1, 1]), 'labels_ does not number the clusters of 4 columns'],
  ])('are refused with %s', (_, model, message) => {
    expect(() => convertModel(model, null)).toThrow(message);
  });
});
