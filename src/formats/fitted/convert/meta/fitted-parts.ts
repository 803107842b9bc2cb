import { GatewayError } from '../../../../errors.ts';
import type { Stored } from '../../values/stored.ts';

/** The fitted estimators of a composition, at least one. @throws GatewayError INVALID_MODEL if there is none. */
export function fittedParts(estimator: Stored): Stored[] {
  const parts = estimator.get('estimators_').items();
  if (parts.length > 0) return parts;
  throw new GatewayError('INVALID_MODEL', `${estimator.label} has no fitted estimators`);
}
