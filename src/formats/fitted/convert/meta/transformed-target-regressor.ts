import { GatewayError } from '../../../../errors.ts';
import type { Converter } from '../converter.ts';
import { inverted } from './inverse-transform.ts';

/** A regressor of a transformed target: what it says is transformed back. */
export const transformedTargetRegressor: Converter = {
  predict(estimator, features, scope) {
    const part = estimator.get('regressor_');
    const prediction = scope.predict(part, features);
    if (prediction.kind !== 'regressor')
      throw new GatewayError('UNSUPPORTED_MODEL', `${part.label} is used where a regressor is needed`);
    const { values, targets } = prediction;
    return { ...prediction, values: inverted(estimator.get('transformer_'), values, targets, scope.graph) };
  },
  limits: 'transformers of the target without a known inverse, functions other than numpy’s common ones',
};
