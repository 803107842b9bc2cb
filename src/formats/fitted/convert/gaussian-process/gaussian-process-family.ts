import type { Family } from '../converter.ts';
import { gaussianProcessRegressor } from './gaussian-process-regressor.ts';

export const gaussianProcessFamily: Family = {
  name: 'Gaussian processes',
  library: 'sklearn',
  // For weights of a size of about one; a model of larger ones tells what is to be expected of it.
  tolerance: 1e-12,
  converters: { GaussianProcessRegressor: gaussianProcessRegressor },
};
