import { GatewayError } from '../../../../errors.ts';
import type { Converter } from '../converter.ts';
import { delegate } from './delegate.ts';

/** GridSearchCV and its like answer as the best estimator that they found, fitted again on all rows. */
export const search: Converter = {
  ...delegate((estimator) => {
    if (!estimator.has('best_estimator_') && estimator.find('refit')?.value === false) {
      throw new GatewayError(
        'UNSUPPORTED_MODEL',
        `${estimator.label} was made with refit=False and holds no fitted estimator; log the estimator that was fitted with the best parameters`,
      );
    }
    return estimator.get('best_estimator_');
  }),
  limits: 'refit=False',
};
