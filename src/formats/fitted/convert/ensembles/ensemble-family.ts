import type { Family } from '../converter.ts';
import { isolationForest } from '../trees/isolation-forest.ts';
import { adaBoostClassifier } from './ada-boost-classifier.ts';
import { adaBoostRegressor } from './ada-boost-regressor.ts';
import { baggingClassifier, baggingRegressor } from './bagging.ts';

export const ensembleFamily: Family = {
  name: 'bagging, AdaBoost and isolation forest',
  library: 'sklearn',
  tolerance: 1e-12,
  converters: {
    AdaBoostClassifier: adaBoostClassifier,
    AdaBoostRegressor: adaBoostRegressor,
    BaggingClassifier: baggingClassifier,
    BaggingRegressor: baggingRegressor,
    IsolationForest: isolationForest,
  },
};
