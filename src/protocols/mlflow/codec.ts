import { readRows } from '../../model/decode-rows.ts';
import type { InvocationsForm } from '../../model/invocations-form.ts';
import { ProblemList } from '../../model/problem-list.ts';
import type { RowLeniency } from '../../model/row-leniency.ts';
import type { Signature } from '../../model/signature.ts';
import { entryWriter, shownOutputs } from '../entry-writer.ts';
import type { JsonCodec } from '../json-codec.ts';
import { OutputWriters } from '../output-writers.ts';
import { readText } from '../read-text.ts';
import type { AnswerFormat } from './answer-format.ts';
import { csvEntries } from './csv-entries.ts';
import { csvRows } from './csv-rows.ts';
import { frameRows } from './frame-rows.ts';
import { jsonRows } from './json-rows.ts';
import { type NpyArray, readNpy } from './npy-array.ts';
import { npyRows } from './npy-rows.ts';
import { parseCsv } from './parse-csv.ts';
import { parseJsonLines } from './parse-json-lines.ts';
import { parseScoringJson } from './parse-scoring-json.ts';
import { type ParquetTable, readParquet } from './read-parquet.ts';
import type { RequestFormat } from './request-format.ts';
import type { ScoringRows } from './scoring-rows.ts';

/** The formats that are read here. */
export type ScoringFormat = Exclude<RequestFormat, { kind: 'infer' }>;

/** What the headers say, and how the version answers. */
export interface ScoringOptions {
  readonly format: ScoringFormat;
  readonly answer: AnswerFormat;
  readonly form: InvocationsForm;
}

/** The answer has one entry a row, whatever form the rows had. */
export type ScoringForm = null;

/** What MLflow's server lets pass, as far as it leaves every value as it is (contract section 9). */
export const SCORING_LENIENCY: RowLeniency = {
  ignoresExtra: true,
  absentIsNull: true,
  readsNumbers: true,
  opensLists: true,
};

const PIECE_ROWS = 1024;

/** Bodies and answers of `/invocations`. */
export const scoringCodec: JsonCodec<ScoringForm, ScoringOptions> = {
  parse(body, { format }, heapBytes) {
    switch (format.kind) {
      case 'json':
        return parseScoringJson(readText(body, heapBytes));
      case 'csv':
        return parseCsv(readText(body, heapBytes));
      case 'json-lines':
        return parseJsonLines(readText(body, heapBytes));
      case 'npy':
        return readNpy(body, heapBytes);
      case 'parquet':
        return readParquet(body, heapBytes);
    }
  },

  decode(body, signature, { format }) {
    const problems = new ProblemList();
    const { rows, place } = rowsOf(body, format, signature, problems);
    // Rows that could not be put in order would only add problems that are none.
    problems.throwIfAny();
    const at = (row: number) => place(row, []);
    const decoded = readRows({ rows, signature, at, place, problems, leniency: SCORING_LENIENCY });
    problems.throwIfAny();
    return { ...decoded, form: null };
  },

  *encode({ outputs, rows, signature, options }) {
    const shown = shownOutputs(signature, options.form);
    const writers = new OutputWriters(outputs, signature, rows);
    const isCsv = options.answer === 'csv';
    const write = isCsv
      ? csvEntries(shown.outputs.map((output) => ({ tensor: outputs[output]!, writer: writers.of(output) })))
      : entryWriter(shown, signature, writers.of);
    const isJson = options.answer === 'json';
    if (isJson) yield '{"predictions":[';
    for (let start = 0; start < rows; start += PIECE_ROWS) {
      yield writePiece(write, start, Math.min(rows, start + PIECE_ROWS), isJson);
    }
    if (isJson) yield ']}';
    return writers.nonFinite;
  },
};

function rowsOf(
  body: unknown,
  format: ScoringFormat,
  signature: Signature,
  problems: ProblemList,
): ScoringRows {
  switch (format.kind) {
    case 'json':
      return jsonRows(body, signature, problems);
    case 'csv':
      return csvRows(body as string[][], format.header, signature, problems);
    case 'json-lines':
      return jsonRows(body, signature, problems);
    case 'npy':
      return npyRows(body as NpyArray, signature);
    case 'parquet':
      return frameRows({ ...(body as ParquetTable), columnsAt: '', rowsAt: '' }, signature, problems);
  }
}

function writePiece(write: (row: number) => string, start: number, end: number, isJson: boolean): string {
  let text = '';
  for (let row = start; row < end; row++) {
    if (!isJson) text += `${write(row)}\n`;
    else text += row === 0 ? write(row) : `,${write(row)}`;
  }
  return text;
}
