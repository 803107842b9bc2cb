import { GatewayError } from '../../../errors.ts';
import type { Stored } from '../values/stored.ts';
import { converterOf } from './converters.ts';
import { firstPart } from './estimator-inputs.ts';

/** Parts may be shared, so that there are more ways through a small file than could ever be gone. */
const MAX_QUESTIONS = 100_000;
const MAX_DEPTH = 50;

/**
 * Positions of the columns that can only be texts, for a model without a signature: their encoder knows categories that
 * are texts, their imputer fills in a text.
 *
 * @throws GatewayError UNSUPPORTED_MODEL or INVALID_MODEL, as the conversion itself.
 */
export function textColumnsOf(estimator: Stored): ReadonlySet<number> {
  let questions = 0;
  const ask = (part: Stored, depth: number): ReadonlySet<number> => {
    questions += 1;
    if (depth > MAX_DEPTH)
      throw new GatewayError(
        'INVALID_MODEL',
        `estimators hold one another more than ${MAX_DEPTH} levels deep`,
      );
    if (questions > MAX_QUESTIONS)
      throw new GatewayError('INVALID_MODEL', `the model has more than ${MAX_QUESTIONS} estimators`);
    const { textColumns } = converterOf(part);
    if (textColumns !== undefined) return textColumns(part, (inner) => ask(inner, depth + 1));
    const first = firstPart(part);
    return first === null ? new Set() : ask(first, depth + 1);
  };
  return ask(estimator, 0);
}
