import type { TrialReport, TrialRun, TrialRunner } from '../engine/engine.ts';
import { GatewayError } from '../errors.ts';
import type { PreparedModel } from '../formats/model-format.ts';
import { decodeRows } from '../model/decode-rows.ts';
import type { Graph } from '../model/graph.ts';
import type { Signature } from '../model/signature.ts';
import type { Tensor } from '../model/tensor.ts';
import { nanProbe, repeatRow, zeroRow } from './warm-up-rows.ts';

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
  const first = outputsOf('one-row');
  if (first !== null && 'error' in first) {
    if (hasExample) {
      throw new GatewayError(
        'INVALID_MODEL',
        `the model fails on its own saved input example: ${first.error}`,
      );
    }
    notes.push(`not warmed up: the model has no input example and fails on zeros (${first.error})`);
  }
  return {
    loadMs: report.loadMs,
    runMs: report.runMs,
    memoryBytes: report.memoryBytes,
    areProbabilities: decideScores(signature, [outputsOf('one-row'), outputsOf('example')]),
    takesNaN: decideNaN(signature, outputsOf('nan')),
    canShareBatches: haveRows(outputsOf('two-rows'), 2),
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
  if (task.scores !== 'unknown') return task.scores === 'probabilities';
  const runs = outcomes.filter((outcome) => outcome !== null && 'outputs' in outcome);
  return runs.length > 0 && runs.every((run) => areDistributions(run.outputs[task.scoresOutput]));
}

/** Whether each row of `scores` lies in [0, 1] and sums to 1, within float32 error. */
function areDistributions(scores: Tensor | undefined): boolean {
  const [rows, classes] = scores?.dims ?? [];
  if (scores === undefined || rows === undefined || classes === undefined || Array.isArray(scores.data))
    return false;
  for (let row = 0; row < rows; row++) {
    let sum = 0;
    for (let index = row * classes; index < (row + 1) * classes; index++) {
      const score = Number(scores.data[index]);
      if (!(score >= 0 && score <= 1 + 1e-6)) return false;
      sum += score;
    }
    if (Math.abs(sum - 1) > 1e-4) return false;
  }
  return rows > 0;
}

/** Row i of the probe has NaN in the i-th column that may take it; a non-finite number in the answer says that it does not. */
function decideNaN(signature: Signature, outcome: RunOutcome | null): readonly boolean[] {
  const candidates = signature.columns.filter((column) => column.takesNaN);
  const rows = candidates.length;
  return signature.columns.map((column) => {
    if (!column.takesNaN || outcome === null || !('outputs' in outcome)) return false;
    const row = candidates.indexOf(column);
    return outcome.outputs.every((output) => isRowFinite(output, row, rows));
  });
}

function isRowFinite(output: Tensor, row: number, rows: number): boolean {
  if (output.type === 'string') return true;
  const width = output.data.length / rows;
  for (let index = row * width; index < (row + 1) * width; index++) {
    const value = output.data[index];
    if (typeof value === 'number' && !Number.isFinite(value)) return false;
  }
  return true;
}

function haveRows(outcome: RunOutcome | null, rows: number): boolean {
  return (
    outcome !== null && 'outputs' in outcome && outcome.outputs.every((output) => output.dims[0] === rows)
  );
}
