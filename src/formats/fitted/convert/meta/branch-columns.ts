import { GatewayError } from '../../../../errors.ts';
import type { Stored } from '../../values/stored.ts';

/**
 * Positions of a transformer's columns among those that the ColumnTransformer was fitted on. Every version since 1.0
 * keeps them resolved in `_transformer_to_input_indices`, however they were given: names, negative positions, masks,
 * slices, functions.
 *
 * @param width number of columns; `null` if it is not known yet.
 * @throws GatewayError INVALID_MODEL if the positions are not kept, or no columns.
 */
export function columnsOfBranch(
  estimator: Stored,
  name: string,
  stored: Stored,
  width: number | null,
): number[] {
  const resolved = estimator
    .get('_transformer_to_input_indices')
    .entries()
    .find(({ key }) => key.value === name)?.value;
  if (resolved === undefined) {
    throw new GatewayError(
      'INVALID_MODEL',
      `${estimator.label} does not say which columns "${name}" gets (${stored.path})`,
    );
  }
  const positions = resolved.items().map((position) => position.integer());
  if (positions.every((at) => at >= 0 && (width === null || at < width))) return positions;
  throw new GatewayError(
    'INVALID_MODEL',
    `${resolved.path} names columns beyond the ${width} that there are`,
  );
}
