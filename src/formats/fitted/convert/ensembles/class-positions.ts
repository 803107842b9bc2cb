import { GatewayError } from '../../../../errors.ts';
import type { Stored } from '../../values/stored.ts';
import type { Classes } from '../prediction.ts';

/**
 * For each class of a member of an ensemble, its place among the classes of the ensemble. A member that did not see
 * every class in training knows fewer.
 *
 * @throws GatewayError INVALID_MODEL if the ensemble does not know one of them.
 */
export function classPositions(own: Classes, all: Classes, member: Stored): number[] {
  const places = new Map(all.values.map((value, at) => [String(value), at] as const));
  return own.values.map((value) => {
    const place = places.get(String(value));
    if (place !== undefined) return place;
    throw new GatewayError(
      'INVALID_MODEL',
      `${member.label} has a class "${value}" that its ensemble does not have`,
    );
  });
}

/** The classes of an ensemble whose members were trained on 0, 1, 2 … in place of labels. */
export function numberedClasses(count: number): Classes {
  return { type: 'int64', values: Array.from({ length: count }, (_, at) => BigInt(at)) };
}
