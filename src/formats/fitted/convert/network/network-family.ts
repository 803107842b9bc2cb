import type { Family } from '../converter.ts';
import { mlpClassifier, mlpRegressor } from './multi-layer-perceptron.ts';

export const networkFamily: Family = {
  name: 'neural networks',
  library: 'sklearn',
  tolerance: 1e-12,
  converters: { MLPClassifier: mlpClassifier, MLPRegressor: mlpRegressor },
};
