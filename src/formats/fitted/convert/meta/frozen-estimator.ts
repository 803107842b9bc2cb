import { delegate } from './delegate.ts';

/** An estimator that is not fitted again. */
export const frozenEstimator = delegate((estimator) => estimator.get('estimator'));
