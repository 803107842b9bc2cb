import { GatewayError } from '../../errors.ts';
import { describeJsonType } from '../../model/describe-row-problem.ts';
import type { ProblemList } from '../../model/problem-list.ts';
import { planRows } from '../../model/row-plan.ts';
import { showName } from '../../model/shown-name.ts';
import type { Signature } from '../../model/signature.ts';
import { columnRows } from './column-rows.ts';
import { frameRows, placeBelow } from './frame-rows.ts';
import type { ScoringRows } from './scoring-rows.ts';

const FORMS = ['dataframe_split', 'dataframe_records', 'instances', 'inputs'] as const;
type Form = (typeof FORMS)[number];
type Fields = Readonly<Record<string, unknown>>;

/**
 * The rows of a JSON body: an object with exactly one of MLflow's four forms, or, as SageMaker's clients send, a list
 * of rows or one row. Other keys (`params`, `parameters`, `signature_name`) mean nothing to an ONNX graph, and are
 * passed over as MLflow does.
 *
 * @throws GatewayError INVALID_INPUT if it is none of that.
 */
export function jsonRows(body: unknown, signature: Signature, problems: ProblemList): ScoringRows {
  if (Array.isArray(body)) return listRows(body, signature);
  if (!isFields(body)) {
    throw refusal(`the body must be an object with one of ${listForms()}, got ${describeJsonType(body)}`);
  }
  const given = FORMS.filter((form) => Object.hasOwn(body, form));
  const [form] = given;
  if (form === undefined || given.length > 1) {
    const found = form === undefined ? 'it has none' : `it has ${given.join(', ')}`;
    throw refusal(`the body must have exactly one of ${listForms()}; ${found}`);
  }
  return READERS[form](body[form], signature, problems);
}

const READERS: Readonly<
  Record<Form, (value: unknown, signature: Signature, problems: ProblemList) => ScoringRows>
> = {
  dataframe_split: splitRows,
  dataframe_records: (value) => {
    if (!Array.isArray(value)) throw wrongForm('dataframe_records', 'a list of objects', value);
    return { rows: value, place: placeBelow('/dataframe_records') };
  },
  instances: (value, signature) => {
    if (!Array.isArray(value)) throw wrongForm('instances', 'a list of rows', value);
    return plainRows(value, signature, '/instances');
  },
  inputs: (value, signature, problems) => {
    if (Array.isArray(value)) return plainRows(value, signature, '/inputs');
    if (isFields(value)) return columnRows(value, signature, '/inputs', problems);
    throw wrongForm('inputs', 'a list of rows or an object of columns', value);
  },
};

const SPLIT_KEYS = ['data', 'columns', 'index'];

function splitRows(value: unknown, signature: Signature, problems: ProblemList): ScoringRows {
  if (!isFields(value)) throw wrongForm('dataframe_split', 'an object', value);
  const unknown = Object.keys(value).find((key) => !SPLIT_KEYS.includes(key));
  if (unknown !== undefined) {
    throw refusal(
      `"dataframe_split" can have "data", "columns" and "index", and has "${showName(unknown)}", too`,
    );
  }
  const { data, columns = null } = value;
  if (!Array.isArray(data)) throw wrongForm('dataframe_split.data', 'a list of rows', data);
  if (columns !== null && !Array.isArray(columns)) {
    throw wrongForm('dataframe_split.columns', 'a list of names', columns);
  }
  const frame = {
    columns,
    rows: data,
    columnsAt: '/dataframe_split/columns',
    rowsAt: '/dataframe_split/data',
  };
  return frameRows(frame, signature, problems);
}

/** Rows that stand one after the other; where a row has one value, it may stand without a list around it. */
function plainRows(rows: readonly unknown[], signature: Signature, at: string): ScoringRows {
  const place = placeBelow(at);
  if (!takesOneValue(signature) || rows.some(isListOrObject)) return { rows, place };
  return { rows: rows.map((value) => [value]), place: (row) => place(row, []) };
}

function listRows(list: readonly unknown[], signature: Signature): ScoringRows {
  if (takesOneValue(signature) || list.length === 0 || isListOrObject(list[0])) {
    return plainRows(list, signature, '');
  }
  return { rows: [list], place: (_row, steps) => placeBelow('')(0, steps).slice('/0'.length) };
}

function takesOneValue(signature: Signature): boolean {
  const { columns } = planRows(signature);
  return columns.length === 1 && columns[0]!.column.cellShape.length === 0;
}

function isListOrObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

function isFields(value: unknown): value is Fields {
  return isListOrObject(value) && !Array.isArray(value);
}

function listForms(): string {
  return FORMS.map((form) => `"${form}"`).join(', ');
}

function wrongForm(name: string, wanted: string, value: unknown): GatewayError {
  return refusal(`"${name}" must be ${wanted}, got ${describeJsonType(value)}`);
}

function refusal(message: string): GatewayError {
  return new GatewayError('INVALID_INPUT', message);
}
