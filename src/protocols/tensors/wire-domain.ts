import { type ColumnDomain, domainOf, intersectDomains } from '../../model/column-domain.ts';
import { isFloating, type TensorType } from '../../model/tensor.ts';
import type { Match } from './match-tensors.ts';

/** Which values of a tensor are taken. */
export interface WireDomain {
  readonly domain: ColumnDomain;
  /** Whether NaN may stand in it, `null` in JSON. */
  readonly takesNaN: boolean;
}

/**
 * The values that a tensor of `type` may hold for what it fills; `null` if there are none (text for numbers, integers for
 * booleans). The input of a graph takes what its own type holds, a column what its signature declares.
 */
export function wireDomainOf(
  type: TensorType,
  { input, column }: Pick<Match, 'input' | 'column'>,
): WireDomain | null {
  const target = input.spec.type;
  const fed = column === null ? domainOf(target) : column.domain;
  if (target === 'bool' && type !== 'bool') return null;
  const domain = intersectDomains(domainOf(type), fed);
  if (domain === null) return null;
  const fedTakesNaN = column === null ? input.takesNaN : column.takesNull;
  const isFit = domain.kind === 'string' || (isFloating(type) && isFloating(target));
  return { domain, takesNaN: fedTakesNaN && isFit };
}
