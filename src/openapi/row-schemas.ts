import { type ColumnDomain, columnDomain, columnTypeOf } from '../model/column-domain.ts';
import { type RowLeniency, STRICT_ROWS } from '../model/row-leniency.ts';
import type { InputColumn, Signature } from '../model/signature.ts';
import type { Schema } from './open-api.ts';
import { domainSchema, nestedSchema, numberTextSchema } from './value-schemas.ts';

const MOST_LISTED = 100;

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
 *
 * @param leniency what the protocol takes beyond that; columns that only some rows have stay outside the schema.
 */
export function rowSchemas(signature: Signature, leniency: RowLeniency = STRICT_ROWS): RowSchemas {
  const { columns } = signature;
  if (signature.variableWidth) {
    const { type } = signature.inputs[0]!;
    const value = domainSchema(columnDomain(columnTypeOf(type), type), false);
    return { byPosition: { type: 'array', minItems: 1, items: value }, byName: null };
  }
  const schemas = columns.map((column) => columnSchema(column, signature, leniency));
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
    ...(leniency.ignoresExtra ? {} : { additionalProperties: false }),
  };
  return { byPosition, byName };
}

/** What stands for one column in one row. */
export function columnSchema(
  column: InputColumn,
  { inputs }: Pick<Signature, 'inputs'>,
  leniency: RowLeniency = STRICT_ROWS,
): Schema {
  const { type, cellShape, takesNaN, name } = column;
  const domain = columnDomain(type, inputs[column.input]!.type);
  const value = { ...domainSchema(domain, takesNaN), ...knownTexts(column) };
  const schema =
    cellShape.length > 0 ? nestedSchema(value, cellShape) : lenientSchema(value, domain, leniency);
  return name === null ? schema : { title: name, ...schema };
}

/** The texts that a column takes where it does not take all, if they are few enough to be read. */
function knownTexts({ type, knownValues, takesNaN }: InputColumn): Schema {
  if (type !== 'string' || knownValues === undefined || knownValues.length > MOST_LISTED) return {};
  return { enum: takesNaN ? [...knownValues, null] : knownValues };
}

function lenientSchema(value: Schema, domain: ColumnDomain, leniency: RowLeniency): Schema {
  const text = leniency.readsNumbers ? numberTextSchema(domain) : null;
  const plain = text === null ? [value] : [value, text];
  const lists = leniency.opensLists
    ? plain.map((items) => ({ type: 'array', items, minItems: 1, maxItems: 1 }))
    : [];
  const all = [...plain, ...lists];
  return all.length === 1 ? value : { anyOf: all };
}
