import { describeMissing } from '../../model/describe-row-problem.ts';
import type { ProblemList } from '../../model/problem-list.ts';
import { type PlannedColumn, planRows } from '../../model/row-plan.ts';
import { pointerStep } from '../../model/shown-name.ts';
import type { Signature } from '../../model/signature.ts';
import { placeBelow } from './frame-rows.ts';
import type { ScoringRows } from './scoring-rows.ts';

/**
 * The rows of an object of column → values, or column → value for one row (`inputs` of TensorFlow Serving's column
 * form). Columns that the model does not have are left out. Where its columns have no names, the one input of the
 * graph may be named, and has the rows.
 *
 * @param at JSON pointer to the object.
 */
export function columnRows(
  object: Readonly<Record<string, unknown>>,
  signature: Signature,
  at: string,
  problems: ProblemList,
): ScoringRows {
  const plan = planRows(signature);
  if (plan.byName === null) return inputRows(object, signature, at, problems);
  const passedOver = Object.keys(object).filter((name) => !plan.byName!.has(name));
  const given = plan.columns.map((planned) => {
    const name = planned.column.name!;
    if (Object.hasOwn(object, name)) return asList(object[name]);
    if (!planned.mayBeAbsent) {
      problems.add(() => ({ pointer: at + pointerStep(name), detail: describeMissing(planned, passedOver) }));
    }
    return null;
  });
  const length = checkLengths(given, plan.columns, at, problems);
  const rows: unknown[][] = [];
  for (let row = 0; row < length; row++) {
    const values: unknown[] = new Array(given.length);
    for (let column = 0; column < given.length; column++) values[column] = given[column]?.[row] ?? null;
    rows.push(values);
  }
  const place = (row: number, [first, ...rest]: readonly (string | number)[]) => {
    const name = typeof first === 'number' ? plan.columns[first]!.column.name! : null;
    if (name === null) return at;
    const steps = Array.isArray(object[name]) ? [row, ...rest] : rest;
    return at + [name, ...steps].map(pointerStep).join('');
  };
  return { rows, place };
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}

function checkLengths(
  given: readonly (readonly unknown[] | null)[],
  columns: readonly PlannedColumn[],
  at: string,
  problems: ProblemList,
): number {
  const first = given.findIndex((values) => values !== null);
  const length = given[first]?.length ?? 0;
  given.forEach((values, column) => {
    if (values === null || values.length === length) return;
    problems.add(() => ({
      pointer: at + pointerStep(columns[column]!.column.name!),
      detail: `expected as many values as there are for the first column, ${length}, got ${values.length}`,
    }));
  });
  return length;
}

function inputRows(
  object: Readonly<Record<string, unknown>>,
  { inputs }: Signature,
  at: string,
  problems: ProblemList,
): ScoringRows {
  const names = Object.keys(object);
  const [only] = inputs;
  const rows = only === undefined ? undefined : object[only.name];
  if (inputs.length === 1 && names.length === 1 && Object.hasOwn(object, only!.name) && Array.isArray(rows)) {
    return { rows, place: placeBelow(at + pointerStep(only!.name)) };
  }
  problems.add(() => ({
    pointer: at,
    detail: "the model's columns have no names; send a list of rows, each a list of values",
  }));
  return { rows: [], place: placeBelow(at) };
}
