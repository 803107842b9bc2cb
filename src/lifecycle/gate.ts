import type { TrialReport, TrialRun, TrialRunner } from '../engine/engine.ts';
import { GatewayError } from '../errors.ts';
import type { PreparedModel } from '../formats/model-format.ts';
import { decodeRows } from '../model/decode-rows.ts';
import type { Graph } from '../model/graph.ts';
import type { Signature } from '../model/signature.ts';
import type { Tensor } from '../model/tensor.ts';
import { checkConversion } from './check-conversion.ts';
import { nanCandidates, nanProbe, plainRow, repeatRow, zeroRow } from './warm-up-rows.ts';

/** The most rows of the saved input example that are run. */
const EXAMPLE_ROWS = 32;

/** What a trial found out about a version; remembered by digest, so that a restart need not try it again. */
export interface Verdict {
  readonly loadMs: number;
  /** Cost of one row, in milliseconds; `null` if no warm-up row could be run. */
  readonly runMs: number | null;
  readonly memoryBytes: number;
  /** Whether the scores of a classifier are probabilities; `null` for everything that is no classifier. */
  readonly areProbabilities: boolean | null;
  /** For each column of the signature, whether the model gives an answer for NaN there. */
  readonly takesNaN: readonly boolean[];
  /** Whether rows of several requests can run together: every output has one entry for each row. */
  readonly canShareBatches: boolean;
  readonly notes: readonly string[];
}

/** The graph that the engine is to load for a prepared model. */
export function graphOf(prepared: PreparedModel): Graph {
  const { graphPath, options, signature } = prepared;
  return { path: graphPath, inputs: signature.inputs, outputs: signature.outputs, options };
}

/** One row that the model is warmed up with: the first of its saved example, else zeros; `null` if neither can be made. */
export function warmUpRow(prepared: PreparedModel): readonly Tensor[] | null {
  const example = decodeExample(prepared, 1);
  return 'tensors' in example ? example.tensors : zeroRow(prepared.signature);
}

/** A row to try the model with, as it stands in a request; `null` if none can be made. */
export function exampleRow(prepared: PreparedModel): unknown {
  const isUsable = 'tensors' in decodeExample(prepared, 1);
  return isUsable ? prepared.exampleRows?.[0] : plainRow(prepared.signature);
}

/**
 * Loads a prepared model in the trial process and runs its warm-up rows there.
 *
 * @throws GatewayError INVALID_MODEL if the runtime refuses the graph or its own saved example; LOAD_CRASHED,
 *   LOAD_TIMEOUT, MEMORY_LIMIT as `TrialRunner.try`.
 */
export async function tryVersion(
  prepared: PreparedModel,
  trials: TrialRunner,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Verdict> {
  const { signature } = prepared;
  const notes: string[] = [];
  const example = decodeExample(prepared, EXAMPLE_ROWS);
  if ('problem' in example && example.problem !== null) notes.push(example.problem);
  const hasExample = 'tensors' in example;
  const row = warmUpRow(prepared);
  if (row === null) {
    notes.push('not warmed up: the width of its rows is not known without a signature or an input example');
  }
  const planned = planRuns(signature, row, hasExample ? example.tensors : null);
  const report = await trials.try(
    graphOf(prepared),
    planned.map((run) => ({ inputs: run.inputs })),
    timeoutMs,
    signal,
  );
  const outputsOf = (name: RunName) => outputsOfRun(planned, report, name);
  notes.push(...judgeWarmUp(outputsOf, hasExample));
  const answers = outputsOf('example');
  if (hasExample && answers !== null && 'outputs' in answers)
    checkConversion(prepared, example.tensors, answers.outputs);
  return {
    loadMs: report.loadMs,
    runMs: report.runMs,
    memoryBytes: report.memoryBytes,
    areProbabilities: decideScores(signature, [outputsOf('one-row'), outputsOf('example')]),
    takesNaN: decideNaN(prepared, outputsOf('nan')),
    // A row that fails must not fail the rows of others.
    canShareBatches: prepared.conversion?.refusesValues !== true && haveRows(outputsOf('two-rows'), 2),
    notes,
  };
}

/** The signature as it serves: what only a run could tell is filled in. */
export function applyVerdict(signature: Signature, verdict: Verdict): Signature {
  const { task } = signature;
  return {
    ...signature,
    columns: signature.columns.map((column, index) => ({
      ...column,
      takesNaN: verdict.takesNaN[index] ?? false,
    })),
    task:
      task.kind === 'classifier' && task.scores === 'unknown'
        ? { ...task, scores: verdict.areProbabilities ? 'probabilities' : 'other' }
        : task,
  };
}

type RunName = 'one-row' | 'example' | 'two-rows' | 'nan';

interface PlannedRun extends TrialRun {
  readonly name: RunName;
}

function planRuns(
  signature: Signature,
  row: readonly Tensor[] | null,
  example: readonly Tensor[] | null,
): readonly PlannedRun[] {
  const runs: PlannedRun[] = [];
  if (row !== null) runs.push({ name: 'one-row', inputs: row });
  if (example !== null) runs.push({ name: 'example', inputs: example });
  if (row !== null && signature.fixedRows === null) {
    runs.push({ name: 'two-rows', inputs: repeatRow(row, 2) });
    const probe = nanProbe(signature, row);
    if (probe !== null) runs.push({ name: 'nan', inputs: probe });
  }
  return runs;
}

type RunOutcome = TrialReport['runs'][number];

/**
 * @returns sentences about what could not be warmed up.
 * @throws GatewayError INVALID_MODEL
 */
function judgeWarmUp(
  outputsOf: (name: RunName) => RunOutcome | null,
  hasExample: boolean,
): readonly string[] {
  const oneRow = errorOf(outputsOf('one-row'));
  const example = errorOf(outputsOf('example'));
  // Where two copies of one row fail as well, the graph takes only one row at a time, whatever it declares.
  const takesRows = errorOf(outputsOf('two-rows')) === null;
  const ownFault = hasExample ? (oneRow ?? (takesRows ? example : null)) : null;
  if (ownFault !== null) {
    throw new GatewayError('INVALID_MODEL', `the model fails on its own saved input example: ${ownFault}`);
  }
  if (oneRow !== null)
    return [`not warmed up: the model has no input example and fails on zeros (${oneRow})`];
  return takesRows ? [] : ['the model fails on two rows at once, so every row is a run of its own'];
}

function errorOf(outcome: RunOutcome | null): string | null {
  return outcome !== null && 'error' in outcome ? outcome.error : null;
}

function outputsOfRun(planned: readonly PlannedRun[], report: TrialReport, name: RunName): RunOutcome | null {
  const index = planned.findIndex((run) => run.name === name);
  return index < 0 ? null : (report.runs[index] ?? null);
}

type Example =
  | { readonly tensors: readonly Tensor[] }
  /** Why the saved example is of no use; `null` if there simply is none. */
  | { readonly problem: string | null };

function decodeExample(prepared: PreparedModel, maxRows: number): Example {
  const { exampleRows, signature } = prepared;
  if (exampleRows === null || exampleRows.length === 0) return { problem: null };
  const wanted = signature.fixedRows ?? Math.min(maxRows, exampleRows.length);
  try {
    return decodeRows(exampleRows.slice(0, wanted), signature, (row) => `/${row}`);
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    return {
      problem: `the saved input example does not fit the signature and is not used: ${error.message}`,
    };
  }
}

function decideScores(signature: Signature, outcomes: readonly (RunOutcome | null)[]): boolean | null {
  const { task } = signature;
  if (task.kind !== 'classifier') return null;
  const { scores, scoresOutput } = task;
  if (scores !== 'unknown' || scoresOutput === null) return scores === 'probabilities';
  const runs = outcomes.filter((outcome) => outcome !== null && 'outputs' in outcome);
  return runs.length > 0 && runs.every((run) => areDistributions(run.outputs[scoresOutput]));
}

/** Whether each row of `scores` lies in [0, 1] and sums to 1, within float32 error. */
function areDistributions(scores: Tensor | undefined): boolean {
  const [rows, classes] = scores?.dims ?? [];
  if (scores === undefined || rows === undefined || classes === undefined || scores.type === 'string')
    return false;
  const values = numbersOf(scores);
  for (let row = 0; row < rows; row++) {
    let sum = 0;
    for (let index = row * classes; index < (row + 1) * classes; index++) {
      const score = Number(values[index]);
      if (!(score >= 0 && score <= 1 + 1e-6)) return false;
      sum += score;
    }
    if (Math.abs(sum - 1) > (scores.type === 'float16' ? 1e-2 : 1e-4)) return false;
  }
  return rows > 0;
}

/**
 * Row i of the probe has NaN in the i-th column that may take it; a non-finite number in the answer says that it does not,
 * unless the graph was made here: its converter knows what the library takes, and a scaler hands NaN on.
 */
function decideNaN({ signature, conversion }: PreparedModel, outcome: RunOutcome | null): readonly boolean[] {
  const candidates = nanCandidates(signature);
  return signature.columns.map((column) => {
    const row = candidates.indexOf(column);
    if (row < 0 || outcome === null || !('outputs' in outcome)) return false;
    if (conversion !== null) return true;
    return outcome.outputs.every((output) => isRowFinite(output, row, candidates.length));
  });
}

function isRowFinite(output: Tensor, row: number, rows: number): boolean {
  if (output.dims[0] !== rows) return false;
  const values = numbersOf(output);
  const width = values.length / rows;
  for (let index = row * width; index < (row + 1) * width; index++) {
    const value = values[index];
    if (typeof value === 'number' && !Number.isFinite(value)) return false;
  }
  return true;
}

/** The values of a tensor; of float16 the numbers, not their bit patterns. */
function numbersOf({ type, data }: Tensor): ArrayLike<number | bigint | string> {
  if (type !== 'float16') return data;
  const { buffer, byteOffset, length } = data as Uint16Array;
  return new Float16Array(buffer, byteOffset, length);
}

function haveRows(outcome: RunOutcome | null, rows: number): boolean {
  return (
    outcome !== null && 'outputs' in outcome && outcome.outputs.every((output) => output.dims[0] === rows)
  );
}
