import { delegate } from './delegate.ts';

/** Answers as the estimator that it fitted last; called `base_estimator_` once. */
export const selfTraining = delegate((estimator) =>
  estimator.get(estimator.has('base_estimator_') ? 'base_estimator_' : 'estimator_'),
);
