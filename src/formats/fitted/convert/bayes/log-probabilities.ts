import { GatewayError } from '../../../../errors.ts';
import type { Stored } from '../../values/stored.ts';
import { EXPORT_INSTEAD } from '../export-instead.ts';

/**
 * `feature_log_prob_`, `[classes, width]`.
 *
 * @throws GatewayError UNSUPPORTED_MODEL if a probability is 0 (`alpha=0`): scikit-learn answers NaN for many rows then.
 */
export function logProbabilitiesOf(estimator: Stored, classes: number, width: number): Float64Array {
  const { values } = estimator.get('feature_log_prob_').numbersOfShape(classes, width);
  if (values.every(Number.isFinite)) return values;
  throw new GatewayError(
    'UNSUPPORTED_MODEL',
    `${estimator.label} was fitted without smoothing, and has probabilities of 0; fit it with a larger alpha, or ${EXPORT_INSTEAD}`,
  );
}
