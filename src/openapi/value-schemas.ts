import type { ColumnDomain } from '../model/column-domain.ts';
import type { TensorSpec, TensorType } from '../model/tensor.ts';
import type { Schema } from './open-api.ts';

/** One element of an answer; NaN and infinite numbers are written as null. */
export function elementSchema(type: TensorType): Schema {
  if (type === 'string') return { type: 'string' };
  if (type === 'bool') return { type: 'boolean' };
  if (type.startsWith('float')) return { type: ['number', 'null'] };
  return { type: 'integer' };
}

/** What one row of an output is: lists nested by its dimensions after the rows. */
export function outputSchema({ type, shape }: TensorSpec): Schema {
  let schema = elementSchema(type);
  for (let depth = 1; depth < shape.length; depth++) schema = { type: 'array', items: schema };
  return schema;
}

/** A value that a request may have. @param takesNaN whether `null` may stand for a missing one. */
export function domainSchema(domain: ColumnDomain, takesNaN: boolean): Schema {
  switch (domain.kind) {
    case 'string':
      return { type: takesNaN ? ['string', 'null'] : 'string', pattern: '^[^\\u0000]*$' };
    case 'boolean':
      return { type: 'boolean' };
    case 'integer':
      return { type: ['integer', 'boolean'], minimum: domain.min, exclusiveMaximum: domain.end };
    case 'floating': {
      const types = takesNaN ? ['number', 'boolean', 'null'] : ['number', 'boolean'];
      if (!Number.isFinite(domain.limit)) return { type: types };
      return { type: types, exclusiveMinimum: -domain.limit, exclusiveMaximum: domain.limit };
    }
  }
}

/**
 * Texts that are numbers of this domain; `null` if there are none. Only those of so few digits that they are within its
 * range whatever the digits are: a pattern cannot compare.
 */
export function numberTextSchema(domain: ColumnDomain): Schema | null {
  switch (domain.kind) {
    case 'string':
    case 'boolean':
      return null;
    case 'integer': {
      const sign = domain.min < 0 ? '[+-]?' : '[+]?';
      return { type: 'string', pattern: `^${sign}[0-9]{1,${digitsBelow(domain.end)}}$` };
    }
    case 'floating':
      return { type: 'string', pattern: `^[+-]?[0-9]{1,${digitsBelow(domain.limit)}}([.][0-9]{0,20})?$` };
  }
}

/** So many digits always make a number below the limit; at most 20. */
function digitsBelow(limit: number): number {
  return Math.min(20, Math.floor(Math.log10(limit)));
}

/** Lists nested by these dimensions around a value; −1 is any length but 0. */
export function nestedSchema(value: Schema, dims: readonly number[]): Schema {
  let schema = value;
  for (const dim of [...dims].reverse()) {
    const bounds = dim < 0 ? { minItems: 1 } : { minItems: dim, maxItems: dim };
    schema = { type: 'array', items: schema, ...bounds };
  }
  return schema;
}
