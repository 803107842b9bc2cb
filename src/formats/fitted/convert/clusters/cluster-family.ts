import type { Family } from '../converter.ts';
import { birch } from './birch.ts';
import { bisectingKMeans } from './bisecting-k-means.ts';
import { featureAgglomeration } from './feature-agglomeration.ts';
import { bayesianGaussianMixture, gaussianMixture } from './gaussian-mixture.ts';
import { kMeans } from './k-means.ts';
import { affinityPropagation, meanShift } from './nearest-center.ts';

export const clusterFamily: Family = {
  name: 'clusters and mixtures',
  library: 'sklearn',
  tolerance: 1e-12,
  converters: {
    AffinityPropagation: affinityPropagation,
    BayesianGaussianMixture: bayesianGaussianMixture,
    Birch: birch,
    BisectingKMeans: bisectingKMeans,
    FeatureAgglomeration: featureAgglomeration,
    GaussianMixture: gaussianMixture,
    KMeans: kMeans,
    MeanShift: meanShift,
    MiniBatchKMeans: kMeans,
  },
};
