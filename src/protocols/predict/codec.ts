import { type DecodedRows, readRows } from '../../model/decode-rows.ts';
import { describeJsonType } from '../../model/describe-row-problem.ts';
import { findIntended } from '../../model/misspelling.ts';
import { ProblemList } from '../../model/problem-list.ts';
import { listDepth } from '../../model/row-layout.ts';
import { pointerStep, showName } from '../../model/shown-name.ts';
import type { Signature } from '../../model/signature.ts';
import type { Tensor } from '../../model/tensor.ts';
import type { JsonCodec } from '../json-codec.ts';
import { OutputWriters } from '../output-writers.ts';
import { rowAnswers } from './row-answers.ts';

/** A `/predict` body as tensors. */
export interface PredictRequest extends DecodedRows {
  /** The body held one row, not a list of rows: the answer is that row's, not a list. */
  readonly single: boolean;
}

const SAMPLE = '{"features": [[1, 2], [3, 4]]}';

/**
 * Decodes `{"features": X}` (contract section 5).
 *
 * One row and many rows are told apart by form alone, never by lengths, so that a batch of one is answered as a
 * batch: an object is one row; a list of objects is many; a list of plain values is one row by position, a list of
 * lists many. Where the first column holds lists itself (an image, a sequence), the lists around its first value are
 * counted: as many as a row by position has make one row, one more makes many. If such a column is the model's only
 * one, a row by position is the column's value itself, so `[[…28 lists of 28…]]` is one image in a list of rows.
 *
 * @param body as `parseExactJson` gives it.
 * @throws GatewayError INVALID_INPUT with every problem; pointers are into the body.
 */
export function decodePredictRequest(body: unknown, signature: Signature): PredictRequest {
  const problems = new ProblemList();
  const features = readEnvelope(body, problems);
  const form = Array.isArray(features) ? formOf(features, signature, problems) : oneRow(features, problems);
  const decoded =
    form === null
      ? { tensors: [], rows: 0 }
      : readRows({
          rows: form === 'single' ? [features] : (features as readonly unknown[]),
          signature,
          at: form === 'single' ? () => '/features' : (row) => `/features/${row}`,
          problems,
        });
  problems.throwIfAny();
  return { ...decoded, single: form === 'single' };
}

function readEnvelope(body: unknown, problems: ProblemList): unknown {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    const given = describeJsonType(body);
    problems.add(() => ({ pointer: '', detail: `the body must be an object like ${SAMPLE}, got ${given}` }));
    return undefined;
  }
  if (!Object.hasOwn(body, 'features')) {
    problems.add(() => ({ pointer: '/features', detail: `the body has no "features"; send ${SAMPLE}` }));
  }
  for (const key of Object.keys(body)) {
    if (key !== 'features')
      problems.add(() => ({ pointer: pointerStep(key), detail: describeUnknownKey(key) }));
  }
  return Object.hasOwn(body, 'features') ? (body as { readonly features: unknown }).features : undefined;
}

function describeUnknownKey(key: string): string {
  const hint = findIntended(key, ['features']) === null ? '' : '; did you mean "features"?';
  return `the body has an unknown key "${showName(key)}"${hint}`;
}

type Form = 'single' | 'many' | null;

function oneRow(features: unknown, problems: ProblemList): Form {
  if (typeof features === 'object' && features !== null) return 'single';
  if (features !== undefined) {
    problems.add(() => ({
      pointer: '/features',
      detail: `"features" must be a list or an object, got ${describeJsonType(features)}`,
    }));
  }
  return null;
}

/** `null` after adding the problem that leaves the form open. */
function formOf(features: readonly unknown[], signature: Signature, problems: ProblemList): Form {
  if (features.length === 0) {
    problems.add(() => ({ pointer: '/features', detail: '"features" is empty; send at least one row' }));
    return null;
  }
  const [first] = features;
  if (typeof first === 'object' && first !== null && !Array.isArray(first)) return 'many';
  if (signature.columns.some(({ cellShape }) => cellShape.length > 0))
    return formByDepth(features, signature);
  const isScalarRow = !Array.isArray(first);
  const odd = features.findIndex((value) => isScalarRow && typeof value === 'object' && value !== null);
  if (odd < 0) return isScalarRow ? 'single' : 'many';
  problems.add(() => ({
    pointer: `/features/${odd}`,
    detail:
      '"features" mixes values and rows; send one row as a list of values, or many as a list of lists or of objects',
  }));
  return null;
}

function formByDepth(features: readonly unknown[], signature: Signature): Form {
  const { columns } = signature;
  const cellDepth = columns[0]!.cellShape.length;
  const rowDepth = columns.length === 1 ? cellDepth : cellDepth + 1;
  return listDepth(features) > rowDepth ? 'many' : 'single';
}

export interface EncodeOptions {
  /** As `PredictRequest.single`. */
  readonly single: boolean;
  /** Whether classifiers tell the probability of each class (`?probabilities=all`). */
  readonly allProbabilities: boolean;
}

export interface EncodedResponse {
  readonly body: string;
  /** Numbers of the answer that were NaN or infinite and are written as `null`. */
  readonly nonFinite: number;
}

/**
 * The answer to `/predict`, as JSON text.
 *
 * @param outputs one for each of `Signature.outputs`, in that order, `[rows, …]` where the answer uses them.
 * @throws GatewayError INFERENCE_FAILED if an output is missing or does not have one entry for each row.
 */
export function encodePredictResponse(
  outputs: readonly Tensor[],
  rows: number,
  signature: Signature,
  { single, allProbabilities }: EncodeOptions,
): EncodedResponse {
  const answer = openAnswer(outputs, rows, signature, allProbabilities);
  const body = single ? answer.row(0) : `{"predictions":[${joinRows(answer, 0, rows)}]}`;
  return { body, nonFinite: answer.nonFinite() };
}

interface OpenAnswer {
  row(row: number): string;
  nonFinite(): number;
}

function openAnswer(
  outputs: readonly Tensor[],
  rows: number,
  signature: Signature,
  allProbabilities: boolean,
): OpenAnswer {
  const writers = new OutputWriters(outputs, signature, rows);
  return {
    row: rowAnswers(signature, writers.of, allProbabilities),
    nonFinite: () => writers.nonFinite,
  };
}

function joinRows({ row: write }: OpenAnswer, start: number, end: number): string {
  let text = '';
  for (let row = start; row < end; row++) text += row === start ? write(row) : `,${write(row)}`;
  return text;
}

const PIECE_ROWS = 1024;

export type PredictForm = Pick<PredictRequest, 'single'>;

/** What the query says. */
export type PredictOptions = Pick<EncodeOptions, 'allProbabilities'>;

/** The codec for whichever thread has the time; the same functions, and the answer's text in pieces. */
export const predictCodec: JsonCodec<PredictForm, PredictOptions> = {
  decode(body, signature) {
    const { tensors, rows, single } = decodePredictRequest(body, signature);
    return { tensors, rows, form: { single } };
  },

  *encode({ outputs, rows, signature, form, options }) {
    const answer = openAnswer(outputs, rows, signature, options.allProbabilities);
    if (form.single) yield answer.row(0);
    else {
      yield '{"predictions":[';
      for (let start = 0; start < rows; start += PIECE_ROWS) {
        const text = joinRows(answer, start, Math.min(rows, start + PIECE_ROWS));
        yield start === 0 ? text : `,${text}`;
      }
      yield ']}';
    }
    return answer.nonFinite();
  },
};
