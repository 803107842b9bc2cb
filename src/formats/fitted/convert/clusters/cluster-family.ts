import type { Family } from '../converter.ts';
import { bisectingKMeans } from './bisecting-k-means.ts';
import { bayesianGaussianMixture, gaussianMixture } from './gaussian-mixture.ts';
import { kMeans } from './k-means.ts';

export const clusterFamily: Family = {
  name: 'clusters and mixtures',
  library: 'sklearn',
  tolerance: 1e-12,
  converters: {
    BayesianGaussianMixture: bayesianGaussianMixture,
    BisectingKMeans: bisectingKMeans,
    GaussianMixture: gaussianMixture,
    KMeans: kMeans,
    MiniBatchKMeans: kMeans,
  },
};
