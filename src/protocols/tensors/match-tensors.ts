import { findIntended } from '../../model/misspelling.ts';
import type { ProblemList } from '../../model/problem-list.ts';
import type { PlannedColumn } from '../../model/row-plan.ts';
import { showName } from '../../model/shown-name.ts';
import { datatypeOf } from './datatypes.ts';
import type { PlannedInput, TensorPlan } from './tensor-plan.ts';
import type { WireTensor } from './wire-tensor.ts';

/** What a tensor of the request fills: a whole input of the graph, or one column in it. */
export interface Match {
  readonly tensor: WireTensor;
  readonly input: PlannedInput;
  /** `null`: the whole input. */
  readonly column: PlannedColumn | null;
}

/**
 * Finds out by name what each tensor is for: an input of the graph; else a column of the signature, so that a table can
 * be sent as one tensor for each column; else, where the model has one input and the request one tensor, that input
 * whatever the tensor is called, because examples of other servers call it `input-0` or `predict`.
 *
 * What is unknown, missing or given twice is added to `problems`, and left out.
 *
 * @returns of each input of the graph, what fills it.
 */
export function matchTensors(
  tensors: readonly WireTensor[],
  plan: TensorPlan,
  problems: ProblemList,
): readonly (readonly Match[])[] {
  const isOnly = plan.inputs.length === 1 && tensors.length === 1;
  const matches: Match[][] = plan.inputs.map(() => []);
  const columns = new Set<PlannedColumn>();
  for (const tensor of tensors) {
    const match = matchOne(tensor, plan, isOnly);
    if (match === null) {
      problems.add(() => ({ pointer: `${tensor.pointer}/name`, detail: describeUnknown(tensor.name, plan) }));
      continue;
    }
    const own = matches[match.input.index]!;
    const isTaken = match.column === null ? own.length > 0 : columns.has(match.column) || isWhole(own);
    if (isTaken) {
      const detail = `input "${showName(tensor.name)}" is given twice`;
      problems.add(() => ({ pointer: `${tensor.pointer}/name`, detail }));
      continue;
    }
    own.push(match);
    if (match.column !== null) columns.add(match.column);
  }
  addMissing(plan, matches, columns, problems);
  return matches;
}

function matchOne(tensor: WireTensor, plan: TensorPlan, isOnly: boolean): Match | null {
  const input = plan.inputsByName.get(tensor.name);
  if (input !== undefined) return { tensor, input, column: null };
  const column = plan.columnsByName?.get(tensor.name);
  if (column !== undefined) return { tensor, input: plan.inputs[column.column.input]!, column };
  return isOnly ? { tensor, input: plan.inputs[0]!, column: null } : null;
}

/** Whether a tensor fills the whole input; then it is the only one. */
export function isWhole(matches: readonly Match[]): boolean {
  return matches[0] !== undefined && matches[0].column === null;
}

function addMissing(
  plan: TensorPlan,
  matches: readonly (readonly Match[])[],
  given: ReadonlySet<PlannedColumn>,
  problems: ProblemList,
): void {
  for (const { index, spec, columns } of plan.inputs) {
    if (isWhole(matches[index]!)) continue;
    const absent = columns.filter((planned) => !planned.mayBeAbsent && !given.has(planned));
    const isByColumn = plan.columnsByName !== null && (given.size > 0 || absent.length === 0);
    const missing = isByColumn ? absent.map(({ column }) => `column "${showName(column.name!)}"`) : [];
    if (!isByColumn) {
      missing.push(`input "${showName(spec.name)}" (${datatypeOf(spec.type)} [${spec.shape.join(', ')}])`);
    }
    for (const what of missing) problems.add(() => ({ pointer: '/inputs', detail: `${what} is missing` }));
  }
}

const NAMES_LISTED = 8;

function describeUnknown(name: string, plan: TensorPlan): string {
  const names = plan.signature.inputs.map((input) => input.name);
  const intended = findIntended(name, [...names, ...(plan.columnsByName?.keys() ?? [])]);
  const shown = names.slice(0, NAMES_LISTED).map((known) => `"${showName(known)}"`);
  if (names.length > shown.length) shown.push('…');
  const hint = intended === null ? `it has ${shown.join(', ')}` : `did you mean "${showName(intended)}"?`;
  return `the model has no input "${showName(name)}"; ${hint}`;
}
