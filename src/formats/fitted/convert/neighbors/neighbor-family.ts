import type { Family } from '../converter.ts';
import { kNeighborsClassifier, kNeighborsRegressor } from './k-neighbors.ts';
import { localOutlierFactor } from './local-outlier-factor.ts';
import { nearestCentroid } from './nearest-centroid.ts';
import { radiusNeighborsClassifier, radiusNeighborsRegressor } from './radius-neighbors.ts';

export const neighborFamily: Family = {
  name: 'nearest neighbours',
  library: 'sklearn',
  tolerance: 1e-12,
  converters: {
    KNeighborsClassifier: kNeighborsClassifier,
    KNeighborsRegressor: kNeighborsRegressor,
    LocalOutlierFactor: localOutlierFactor,
    NearestCentroid: nearestCentroid,
    RadiusNeighborsClassifier: radiusNeighborsClassifier,
    RadiusNeighborsRegressor: radiusNeighborsRegressor,
  },
};
