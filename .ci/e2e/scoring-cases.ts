/** One request, to be sent to the gateway and to `mlflow models serve` alike. */
export interface ScoringCase {
  readonly name: string;
  readonly body: string;
  /** `null`: none. */
  readonly contentType: string | null;
}

const columns = ['sepal_length', 'sepal_width', 'petal_length'];
const rows = [
  [5.1, 3.5, 1.4],
  [6.9, 3.2, 5.7],
];
const objects = rows.map((row) => Object.fromEntries(columns.map((name, at) => [name, row[at]])));
const byColumn = Object.fromEntries(columns.map((name, at) => [name, rows.map((row) => row[at])]));
const frame = { columns, data: rows };
const head = columns.join();

function oneRow(...cells: readonly string[]): string {
  return `{"dataframe_split": {"columns": ${JSON.stringify(columns)}, "data": [[${cells.join()}]]}}`;
}

const BODIES: Readonly<Record<string, unknown>> = {
  split: { dataframe_split: frame },
  'split with an index': { dataframe_split: { ...frame, index: [7, 9] } },
  'split without columns': { dataframe_split: { data: rows } },
  'split with 0, 1, 2 for columns': { dataframe_split: { columns: [0, 1, 2], data: rows } },
  'split with an unknown key': { dataframe_split: { ...frame, foo: 1 } },
  'split in another order': {
    dataframe_split: { columns: columns.toReversed(), data: rows.map((row) => row.toReversed()) },
  },
  'split without a column': { dataframe_split: { columns: columns.slice(1), data: [[3.5, 1.4]] } },
  'split with another column': {
    dataframe_split: { columns: [...columns, 'x'], data: [[5.1, 3.5, 1.4, 'x']] },
  },
  'split with a short row': { dataframe_split: { columns, data: [[5.1, 3.5]] } },
  'split without rows': { dataframe_split: { columns, data: [] } },
  'split without data': { dataframe_split: { columns } },
  'split of integers': oneRow('5', '3', '1'),
  'split of null': oneRow('null', '3.5', '1.4'),
  'split of numbers as text': oneRow('"5.1"', '"3.5"', '"1.4"'),
  'split of a word': oneRow('"abc"', '3.5', '1.4'),
  'split of a boolean': oneRow('true', '3.5', '1.4'),
  'split of 2^53 + 1': oneRow('9007199254740993', '3.5', '1.4'),
  'split of 1e308': oneRow('1e308', '3.5', '1.4'),
  'split of NaN': oneRow('NaN', '3.5', '1.4'),
  'split of Infinity': oneRow('Infinity', '3.5', '1.4'),
  'split is a list': { dataframe_split: rows },
  records: { dataframe_records: objects },
  'records, one without a column': {
    dataframe_records: [objects[0], { sepal_length: 6.9, sepal_width: 3.2 }],
  },
  'records without a column': { dataframe_records: [{ sepal_length: 6.9, sepal_width: 3.2 }] },
  'records with another column': { dataframe_records: objects.map((row) => ({ ...row, x: 1 })) },
  'no records': { dataframe_records: [] },
  'records is an object': { dataframe_records: objects[0] },
  'records of lists': { dataframe_records: rows },
  'instances of lists': { instances: rows },
  'instances of objects': { instances: objects },
  'no instances': { instances: [] },
  'instances with a short row': { instances: [rows[0], [1, 2]] },
  'instances is a number': { instances: 5 },
  'inputs of lists': { inputs: rows },
  'inputs of columns': { inputs: byColumn },
  'inputs of one value a column': { inputs: objects[0] },
  'inputs of columns of different lengths': { inputs: { ...byColumn, petal_length: [1] } },
  'inputs without a column': { inputs: { sepal_length: [5.1], sepal_width: [3.5] } },
  'inputs with another column': { inputs: { ...byColumn, x: [1, 2] } },
  'inputs of integers': { inputs: [[5, 3, 1]] },
  'inputs by the name of the graph': { inputs: { X: rows } },
  'inputs is one row': { inputs: rows[0] },
  'inputs of null': { inputs: [[null, 3.5, 1.4]] },
  'inputs is a text': { inputs: 'abc' },
  'two forms': { inputs: rows, instances: rows },
  'no form': { foo: 1 },
  'a list': [1, 2],
  'a list of rows': rows,
  'a text': '"x"',
  null: 'null',
  'another key': { dataframe_split: frame, foo: 1 },
  signature_name: { dataframe_split: frame, signature_name: 'serving_default' },
  params: { dataframe_split: frame, params: { k: 1 } },
  'params is a list': { dataframe_split: frame, params: [1] },
  messages: { messages: [{ role: 'user', content: 'hi' }] },
  'the form of MLflow 1': frame,
  'broken JSON': '{"inputs": [1',
  'no body': '',
  'a byte order mark': `\ufeff${JSON.stringify({ dataframe_split: frame })}`,
  'a key twice': '{"inputs": [[9.0]], "inputs": [[5.1, 3.5, 1.4]]}',
};

const TYPES: readonly (readonly [name: string, contentType: string | null, body?: string])[] = [
  ['charset=UTF-8', 'application/json; charset=UTF-8'],
  ['charset=latin-1', 'application/json; charset=latin-1'],
  ['another parameter', 'application/json; format=pandas-split'],
  ['Application/JSON', 'Application/JSON'],
  ['text/plain', 'text/plain'],
  ['no content type', null],
  ['CSV', 'text/csv', `${head}\n5.1,3.5,1.4\n6.9,3.2,5.7\n`],
  ['CSV in another order', 'text/csv; charset=utf-8', `x,${columns.toReversed().join()}\na,1.4,3.5,5.1\n`],
  ['CSV without a header', 'text/csv', '5.1,3.5,1.4\n'],
  ['CSV with an empty cell', 'text/csv', `${head}\n,3.5,1.4\n`],
  ['CSV without rows', 'text/csv', `${head}\n`],
  ['no CSV', 'text/csv', ''],
  ['CSV without a column', 'text/csv', 'sepal_length\n5.1\n'],
];

/** For models of three measures of a flower. */
export const FLOWER_CASES: readonly ScoringCase[] = [
  ...Object.entries(BODIES).map(([name, body]) => jsonCase(name, body)),
  ...TYPES.map(([name, contentType, body = JSON.stringify({ inputs: rows })]) => ({
    name,
    body,
    contentType,
  })),
];

const TYPED_ROW = { l: '1', i: '2', d: '1.5', f: '2.5', b: 'true', o: '0.5' };

/** Values as JSON has them, in place of those of the row. */
const TYPED_VALUES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'a value of every type': {},
  'l 1.5': { l: '1.5' },
  'l 2.0': { l: '2.0' },
  'l "7"': { l: '"7"' },
  'l null': { l: 'null' },
  'l true': { l: 'true' },
  'l 2^53 + 1': { l: '9007199254740993' },
  'l 2^63 - 1': { l: '9223372036854775807' },
  'l 2^63': { l: '9223372036854775808' },
  'i 2^31': { i: '2147483648' },
  'd 3': { d: '3' },
  'd "3.5"': { d: '"3.5"' },
  'd null': { d: 'null' },
  'd true': { d: 'true' },
  'd "abc"': { d: '"abc"' },
  'f 0.1': { f: '0.1' },
  'f 1e39': { f: '1e39' },
  'b 0': { b: '0' },
  'b "false"': { b: '"false"' },
  'b ""': { b: '""' },
  'b null': { b: 'null' },
  'o null': { o: 'null' },
  'a date and bytes': { when: '"2024-01-02T03:04:05"', photo: '"aGk="' },
  'a date that is none': { when: '"soon"' },
  'bytes that are no base64': { photo: '"%%%"' },
  'a column more': { zz: '1' },
};

const TEXT_VALUES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  's "a"': { s: '"a"' },
  's "Łódź"': { s: '"Łódź"' },
  's ""': { s: '""' },
  's 5': { s: '5' },
  's true': { s: 'true' },
  's null': { s: 'null' },
  's {}': { s: '{}' },
};

/** For the model with a column of each type but text. */
export const TYPED_CASES: readonly ScoringCase[] = [
  ...valueCases(TYPED_ROW, TYPED_VALUES),
  jsonCase('without o', '{"dataframe_records": [{"l": 1, "i": 2, "d": 1.5, "f": 2.5, "b": true}]}'),
  jsonCase('without l and b', '{"dataframe_records": [{"i": 2, "d": 1.5, "f": 2.5, "o": 1}]}'),
  jsonCase(
    'l in one of two rows',
    '{"dataframe_records": [{"l": 1, "i": 2, "d": 1.5, "f": 2.5, "b": true, "o": 1}, {"i": 2, "d": 1.5, "f": 2.5, "b": true, "o": 1}]}',
  ),
  {
    name: 'CSV',
    contentType: 'text/csv',
    body: 'l,i,d,f,b,o\n9007199254740993,2,1.5,2.5,True,0.5\n1,2,3,4,False,1\n',
  },
  { name: 'CSV, l 2.0', contentType: 'text/csv', body: 'l,i,d,f,b,o\n2.0,2,1.5,2.5,True,0.5\n' },
  { name: 'CSV, l 1.5', contentType: 'text/csv', body: 'l,i,d,f,b,o\n1.5,2,1.5,2.5,True,0.5\n' },
  { name: 'CSV, b no', contentType: 'text/csv', body: 'l,i,d,f,b,o\n2,2,1.5,2.5,no,0.5\n' },
];

/** For the model with a column of text. */
export const TEXT_CASES: readonly ScoringCase[] = [
  ...valueCases({ s: '"a"', d: '1.5' }, TEXT_VALUES),
  { name: 'CSV', contentType: 'text/csv', body: 's,d\nb,1\n"c,d",2\n' },
  { name: 'CSV, s NA', contentType: 'text/csv', body: 's,d\nNA,1\n' },
];

function jsonCase(name: string, body: unknown): ScoringCase {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { name, contentType: 'application/json', body: text };
}

/** Each variant of a row as a record, and as `inputs` by column. */
function valueCases(
  row: Readonly<Record<string, string>>,
  variants: Readonly<Record<string, Readonly<Record<string, string>>>>,
): ScoringCase[] {
  return Object.entries(variants).flatMap(([name, changes]) => {
    const cells = Object.entries({ ...row, ...changes });
    const record = cells.map(([key, value]) => `"${key}": ${value}`).join(', ');
    const inputs = cells.map(([key, value]) => `"${key}": [${value}]`).join(', ');
    return [
      jsonCase(`${name}, records`, `{"dataframe_records": [{${record}}]}`),
      jsonCase(`${name}, inputs`, `{"inputs": {${inputs}}}`),
    ];
  });
}
