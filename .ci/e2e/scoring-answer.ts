import type { ScoringCase } from './scoring-cases.ts';

/** What a server answered to a case. */
export interface ScoringAnswer {
  readonly status: number;
  readonly text: string;
}

export async function ask(url: string, { body, contentType }: ScoringCase): Promise<ScoringAnswer> {
  const response = await fetch(url, {
    method: 'POST',
    // Bytes, so that fetch adds no content type. MLflow closes the connection after some failures.
    body: new TextEncoder().encode(body),
    headers: { connection: 'close', ...(contentType === null ? {} : { 'content-type': contentType }) },
  });
  return { status: response.status, text: await response.text() };
}

/** The status, and of a success whether it is JSON: bare NaN and Infinity are not. */
export function outcomeOf({ status, text }: ScoringAnswer): string {
  return status === 200 && parse(text) === null ? '200 with NaN' : String(status);
}

export type Likeness =
  /** The same status, and the same predictions if it is a success. */
  | 'equal'
  /** The same predictions in another shape: all rows by output, probabilities by label. */
  | 'same values'
  | 'different';

export function compare(mlflow: ScoringAnswer, here: ScoringAnswer): Likeness {
  if (mlflow.status !== here.status) return 'different';
  if (here.status !== 200) return 'equal';
  const [theirs, ours] = [parse(mlflow.text), parse(here.text)];
  if (theirs === null || ours === null) return 'different';
  if (isClose(theirs, ours)) return 'equal';
  return isClose(byRow(theirs.predictions), byRow(ours.predictions)) ? 'same values' : 'different';
}

interface Predictions {
  readonly predictions: unknown;
}

function parse(text: string): Predictions | null {
  try {
    return JSON.parse(text) as Predictions;
  } catch {
    return null;
  }
}

/** What float32 may differ by between batch sizes and onnxruntime's builds. */
const TOLERANCE = 1e-6;

function isClose(left: unknown, right: unknown): boolean {
  if (typeof left === 'number' && typeof right === 'number') {
    return Math.abs(left - right) <= TOLERANCE * Math.max(1, Math.abs(left));
  }
  if (typeof left !== 'object' || left === null || typeof right !== 'object' || right === null) {
    return left === right;
  }
  if (Array.isArray(left) !== Array.isArray(right)) return false;
  const keys = Object.keys(left);
  return (
    keys.length === Object.keys(right).length &&
    keys.every((key) => isClose((left as Fields)[key], (right as Fields)[key]))
  );
}

type Fields = Readonly<Record<string, unknown>>;

/** Records of plain values and lists, whatever of MLflow's shapes the predictions have. */
function byRow(predictions: unknown): unknown {
  if (typeof predictions !== 'object' || predictions === null) return predictions;
  if (Array.isArray(predictions)) return predictions.map(plainRecord);
  const outputs = Object.entries(predictions as Readonly<Record<string, readonly unknown[]>>);
  const length = outputs[0]?.[1].length ?? 0;
  return Array.from({ length }, (_, row) =>
    plainRecord(Object.fromEntries(outputs.map(([name, values]) => [name, values[row]]))),
  );
}

function plainRecord(record: unknown): unknown {
  if (typeof record !== 'object' || record === null || Array.isArray(record)) return record;
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, plainValue(value)]));
}

function plainValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 1 ? value[0] : value;
  return typeof value === 'object' && value !== null ? Object.values(value) : value;
}
