import type { Family } from '../converter.ts';
import { linearRegressor } from './linear-regressor.ts';
import { logisticRegression } from './logistic-regression.ts';

export const linearFamily: Family = {
  name: 'linear models',
  library: 'sklearn',
  tolerance: 1e-12,
  converters: {
    LinearRegression: linearRegressor,
    Ridge: linearRegressor,
    LogisticRegression: logisticRegression,
    LogisticRegressionCV: logisticRegression,
  },
};
