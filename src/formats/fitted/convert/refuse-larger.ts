import { GatewayError } from '../../../errors.ts';
import type { Stored } from '../values/stored.ts';
import { EXPORT_INSTEAD } from './export-instead.ts';

/** 256 MB of doubles: honest models are far below, and a small file may claim far more by combining its arrays. */
const MAX_NUMBERS = 2 ** 25;

/**
 * @param numbers how many an intermediate table would have.
 * @param what of the estimator, e.g. `its pairs of classes`.
 * @throws GatewayError UNSUPPORTED_MODEL if those are too many.
 */
export function refuseLarger(numbers: number, estimator: Stored, what: string): void {
  if (numbers <= MAX_NUMBERS) return;
  throw new GatewayError(
    'UNSUPPORTED_MODEL',
    `${estimator.label} would need a table of ${numbers} numbers for ${what}; ${EXPORT_INSTEAD}`,
  );
}
