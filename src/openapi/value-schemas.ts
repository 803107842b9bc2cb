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
