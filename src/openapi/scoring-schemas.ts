import { planRows } from '../model/row-plan.ts';
import type { Signature } from '../model/signature.ts';
import { SCORING_LENIENCY } from '../protocols/mlflow/codec.ts';
import type { DescribedModel } from './described-model.ts';
import { entrySchema } from './entry-schemas.ts';
import type { Schema } from './open-api.ts';
import { columnSchema, rowSchemas } from './row-schemas.ts';

const FORMS = ['dataframe_split', 'dataframe_records', 'instances', 'inputs'] as const;
type Form = (typeof FORMS)[number];

/**
 * The schemas of JSON bodies of `/invocations`. What fits them is taken, but for what no schema says: all columns of
 * `inputs` have the same length. More is taken: the columns of `dataframe_split` in any order and with others between
 * them, numbers of any length as text, columns that only some rows have.
 *
 * @param name what the names of the schemas begin with.
 */
export function scoringSchemas(
  { signature, invocations }: DescribedModel,
  name: string,
): Readonly<Record<string, Schema>> {
  const { byPosition, byName } = rowSchemas(signature, SCORING_LENIENCY);
  const ref = (part: string): Schema => ({ $ref: `#/components/schemas/${name}.${part}` });
  const kinds = byName === null ? [ref('ScoredRow')] : [ref('ScoredRow'), ref('ScoredRecord')];
  const rows = kinds.map((kind) => rowsOf(kind, signature));
  const plain = plainValue(signature);
  const plainRows = plain === null ? rows : [...rows, rowsOf(plain, signature)];
  const columns = columnsSchema(signature, ref('ScoredRow'));
  const isOneRow = (signature.fixedRows ?? 1) === 1 && plain === null && beginsWithValue(signature);
  return {
    [`${name}.ScoredRow`]: byPosition,
    ...(byName === null ? {} : { [`${name}.ScoredRecord`]: byName }),
    [`${name}.ScoringRequest`]: {
      anyOf: [
        only('dataframe_split', splitSchema(signature, rows)),
        only('dataframe_records', { anyOf: rows }),
        only('instances', { anyOf: plainRows }),
        only('inputs', { anyOf: [...plainRows, ...columns] }),
        ...plainRows,
        ...(isOneRow ? [oneRow(signature, byPosition)] : []),
      ],
    },
    [`${name}.ScoringAnswer`]: {
      type: 'object',
      properties: { predictions: { type: 'array', items: entrySchema(signature, invocations) } },
      required: ['predictions'],
      additionalProperties: false,
    },
  };
}

/** Whether a row by position is told from a list of rows, which begins with a list. */
function beginsWithValue({ columns, variableWidth }: Signature): boolean {
  if (variableWidth) return true;
  const depth = columns[0]?.cellShape.length ?? 0;
  return depth === 0 || (depth === 1 && columns.length === 1);
}

/** A row that is the whole body: a list as its first value would make it a list of rows. */
function oneRow(signature: Signature, byPosition: Schema): Schema {
  const { prefixItems } = byPosition as { readonly prefixItems?: readonly Schema[] };
  if (prefixItems === undefined) return byPosition;
  const first = columnSchema(signature.columns[0]!, signature, { ...SCORING_LENIENCY, opensLists: false });
  return { ...byPosition, prefixItems: [first, ...prefixItems.slice(1)] };
}

/** An object with this form and none of the others; other keys mean nothing. */
function only(form: Form, schema: Schema): Schema {
  const others = FORMS.filter((other) => other !== form).map((other) => [other, false] as const);
  return {
    type: 'object',
    properties: { [form]: schema, ...Object.fromEntries(others) },
    required: [form],
  };
}

function rowsOf(items: Schema, { fixedRows }: Signature): Schema {
  const count = fixedRows === null ? {} : { minItems: fixedRows, maxItems: fixedRows };
  return { type: 'array', items, ...count };
}

/** A row's value without a list around it, where it is the only one; `null` where a row has several. */
export function plainValue(signature: Signature): Schema | null {
  const [first, ...others] = signature.variableWidth ? [] : signature.columns;
  if (first === undefined || others.length > 0 || first.cellShape.length > 0) return null;
  return columnSchema(first, signature);
}

function splitSchema(signature: Signature, rows: readonly Schema[]): Schema {
  const names = signature.columns.map(({ name }) => name);
  const isNamed = names.length > 0 && names.every((name) => name !== null);
  const known = isNamed ? [{ type: 'array', const: names }] : [];
  return {
    type: 'object',
    properties: { columns: { anyOf: [{ type: 'null' }, ...known] }, data: { anyOf: rows }, index: {} },
    required: ['data'],
    additionalProperties: false,
  };
}

/** An object of columns, or of the one input whose columns have no names. */
function columnsSchema(signature: Signature, row: Schema): readonly Schema[] {
  const { columns, byName } = planRows(signature);
  if (byName === null) {
    if (signature.inputs.length > 1) return [];
    const { name } = signature.inputs[0]!;
    return [
      {
        type: 'object',
        properties: { [name]: rowsOf(row, signature) },
        required: [name],
        additionalProperties: false,
      },
    ];
  }
  const required = columns.filter(({ mayBeAbsent }) => !mayBeAbsent).map(({ column }) => column.name);
  const object = (schemaOf: (value: Schema) => Schema): Schema => ({
    type: 'object',
    properties: Object.fromEntries(
      columns.map(({ column }) => [column.name, schemaOf(columnSchema(column, signature, SCORING_LENIENCY))]),
    ),
    required,
  });
  const lists = object((value) => rowsOf(value, signature));
  const isPlain = columns.every(({ column }) => column.cellShape.length === 0);
  if (!isPlain || (signature.fixedRows ?? 1) !== 1) return [lists];
  const single = Object.fromEntries(
    columns.map(({ column }) => [column.name, columnSchema(column, signature)]),
  );
  return [lists, { type: 'object', properties: single, required }];
}
