import { columnDomain, columnTypeOf } from '../model/column-domain.ts';
import type { InputColumn, Signature } from '../model/signature.ts';
import type { Schema } from './open-api.ts';

/** What `features` of a model may be. */
export interface RowSchemas {
  /** A list, in the order of the signature. */
  readonly byPosition: Schema;
  /** An object; `null` if the columns have no names. */
  readonly byName: Schema | null;
}

/**
 * The schemas of one row, which accept what decoding accepts (contract section 5), but for dimensions that vary: all
 * lists of such a dimension must be of one length, which no schema can say.
 */
export function rowSchemas(signature: Signature): RowSchemas {
  const { columns } = signature;
  if (signature.variableWidth) {
    const { type } = signature.inputs[0]!;
    const value = valueSchema(columnTypeOf(type), type, false);
    return { byPosition: { type: 'array', minItems: 1, items: value }, byName: null };
  }
  const schemas = columns.map((column) => columnSchema(column, signature));
  const [first] = columns;
  // The value of an only column that holds lists is the row itself.
  const byPosition =
    columns.length === 1 && first!.cellShape.length > 0
      ? schemas[0]!
      : { type: 'array', prefixItems: schemas, minItems: columns.length, maxItems: columns.length };
  if (columns.some(({ name }) => name === null)) return { byPosition, byName: null };
  const byName = {
    type: 'object',
    properties: Object.fromEntries(columns.map(({ name }, index) => [name, schemas[index]])),
    required: columns.filter(({ required, takesNaN }) => required || !takesNaN).map(({ name }) => name),
    additionalProperties: false,
  };
  return { byPosition, byName };
}

function columnSchema(column: InputColumn, signature: Signature): Schema {
  const { type, cellShape, takesNaN, name } = column;
  let schema = valueSchema(type, signature.inputs[column.input]!.type, takesNaN);
  for (const dim of [...cellShape].reverse()) {
    const bounds = dim < 0 ? { minItems: 1 } : { minItems: dim, maxItems: dim };
    schema = { type: 'array', items: schema, ...bounds };
  }
  return name === null ? schema : { title: name, ...schema };
}

function valueSchema(
  type: InputColumn['type'],
  tensorType: Signature['inputs'][number]['type'],
  takesNaN: boolean,
): Schema {
  const domain = columnDomain(type, tensorType);
  switch (domain.kind) {
    case 'string':
      return { type: 'string', pattern: '^[^\\u0000]*$' };
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
