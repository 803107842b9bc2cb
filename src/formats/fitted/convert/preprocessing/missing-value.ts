import { GatewayError } from '../../../../errors.ts';
import { MISSING_TEXT } from '../../../../model/missing-text.ts';
import type { GraphBuilder, GraphValue } from '../../graph/graph-builder.ts';
import type { Stored } from '../../values/stored.ts';
import type { Block } from '../features.ts';

/** What an imputer takes for a missing value: no value at all (NaN, None, pandas.NA), or one that stands for it. */
export type MissingValue =
  | { readonly kind: 'none' }
  | { readonly kind: 'value'; readonly value: number | string };

/** The parameter `missing_values`. @throws GatewayError UNSUPPORTED_MODEL if it is of another type. */
export function missingValueOf(estimator: Stored): MissingValue {
  const parameter = estimator.get('missing_values');
  if (parameter.isNone || parameter.className === 'NAType' || parameter.typeName?.endsWith('.NA')) {
    return { kind: 'none' };
  }
  const [value] = parameter.isList || parameter.typeName !== null ? [] : [scalarOf(parameter)];
  if (typeof value === 'number') return Number.isNaN(value) ? { kind: 'none' } : { kind: 'value', value };
  if (typeof value === 'string') return { kind: 'value', value };
  throw new GatewayError('UNSUPPORTED_MODEL', `${parameter.path} is neither a number nor a text`);
}

function scalarOf(parameter: Stored): number | string | null {
  if (typeof parameter.value === 'string') return parameter.value;
  return parameter.number();
}

/** Where values are missing: bool, of the block's shape. */
export function missingFlags(graph: GraphBuilder, { value, kind }: Block, missing: MissingValue): GraphValue {
  if (missing.kind === 'value' && typeof missing.value === (kind === 'text' ? 'string' : 'number')) {
    const wanted =
      typeof missing.value === 'string' ? graph.texts([missing.value], []) : graph.real(missing.value);
    return graph.op('Equal', value, wanted);
  }
  // Where the other type stands for it (or where `null` is refused), no value is flagged.
  return kind === 'text'
    ? graph.op('Equal', value, graph.texts([MISSING_TEXT], []))
    : graph.op('IsNaN', value);
}
