import type { InputColumn, Signature } from '../../model/signature.ts';
import { quote } from './quote.ts';

/** Enough to warm up with. */
const MAX_ROWS = 100;

type Fields = Readonly<Record<string, unknown>>;

/**
 * The rows of an input example in any form that MLflow saves or serves: pandas' split and records, `inputs`,
 * `instances`, a nested list, lists by name. Each row comes out as a list in column order, or as an object by name.
 *
 * @param value parsed JSON.
 * @returns the rows, or why there are none.
 */
export function exampleRows(value: unknown, signature: Signature): readonly unknown[] | string {
  const rows = rowsOf(value, signature);
  if (typeof rows === 'string') return rows;
  const limited = rows.slice(0, signature.fixedRows ?? MAX_ROWS);
  if (limited.length === 0) return 'it has no rows';
  return limited.every((row) => fits(row, signature))
    ? limited
    : 'its rows do not have the columns of the signature';
}

function rowsOf(value: unknown, signature: Signature): readonly unknown[] | string {
  if (Array.isArray(value)) return listRows(value, signature);
  if (!isFields(value)) return 'it is neither a table nor a list';
  if (Array.isArray(value.data)) return splitRows(value.columns, value.data, signature);
  for (const key of ['dataframe_split', 'dataframe_records', 'inputs', 'instances']) {
    if (key in value) return rowsOf(value[key], signature);
  }
  return namedRows(value, signature.columns);
}

/** pandas' split form. The columns may stand in another order than the signature's. */
function splitRows(
  names: unknown,
  data: readonly unknown[],
  { columns }: Signature,
): readonly unknown[] | string {
  if (!Array.isArray(names) || columns.some((column) => column.name === null)) return data;
  const positions = columns.map((column) => names.indexOf(column.name));
  const missing = columns.find((column, index) => positions[index] === -1 && column.required);
  if (missing !== undefined) return `it has no column ${quote(missing.name ?? '')}`;
  return data.map((row: unknown) =>
    Array.isArray(row) ? positions.map((position) => (position === -1 ? null : row[position])) : row,
  );
}

/** A list of rows, or of the values of the only column. */
function listRows(list: readonly unknown[], { columns }: Signature): readonly unknown[] {
  const [only] = columns;
  if (columns.length === 1 && only !== undefined && only.cellShape.length > 0)
    return list.map((cell) => [cell]);
  if (list.every((item) => Array.isArray(item) || isFields(item))) return list;
  return columns.length === 1 ? list.map((value) => [value]) : [list];
}

/** `{column: [values]}`, or one row `{column: value}`. */
function namedRows(value: Fields, columns: readonly InputColumn[]): readonly unknown[] | string {
  const lists = columns.map((column) => (column.name === null ? undefined : value[column.name]));
  const missing = columns.find((column, index) => lists[index] === undefined && column.required);
  if (missing !== undefined) return 'it does not name the columns of the signature';
  if (!lists.every((list) => list === undefined || Array.isArray(list))) return [value];
  const count = Math.max(0, ...lists.map((list) => (Array.isArray(list) ? list.length : 0)));
  return Array.from({ length: Math.min(count, MAX_ROWS) }, (_, row) =>
    columns.map((column, index) => cellOf(lists[index], row, column)),
  );
}

/** The value of one row; a plain one may be saved as a list of one (`[rows, 1]`). */
function cellOf(list: unknown, row: number, column: InputColumn): unknown {
  const cell: unknown = Array.isArray(list) ? list[row] : null;
  return column.cellShape.length === 0 && Array.isArray(cell) && cell.length === 1 ? cell[0] : cell;
}

function fits(row: unknown, signature: Signature): boolean {
  if (Array.isArray(row)) return signature.variableWidth || row.length === signature.columns.length;
  return (
    isFields(row) &&
    signature.columns.every(({ name, required }) => !required || (name !== null && name in row))
  );
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
