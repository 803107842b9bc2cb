import { describeMissing } from '../../model/describe-row-problem.ts';
import type { ProblemList } from '../../model/problem-list.ts';
import { planRows, type RowPlan } from '../../model/row-plan.ts';
import { pointerStep, showName } from '../../model/shown-name.ts';
import type { Signature } from '../../model/signature.ts';
import type { ScoringRows } from './scoring-rows.ts';

/** A table whose columns are named once, for all rows. */
export interface Frame {
  /** In the order of the values of a row; `null`: they have no names. */
  readonly columns: readonly unknown[] | null;
  readonly rows: readonly unknown[];
  /** JSON pointer to the names. */
  readonly columnsAt: string;
  /** JSON pointer to the rows. */
  readonly rowsAt: string;
}

/**
 * The rows of a frame in the order of the signature: columns that the model does not have are left out, optional ones
 * that are not there are `null`. Names 0, 1, 2, … are what pandas calls columns without names.
 *
 * A model without a signature takes the columns as they stand, like MLflow's server, which has no other order either.
 * Under a signature of an unnamed tensor that server disregards the names: columns in another order give other
 * numbers. Here they are refused.
 */
export function frameRows(frame: Frame, signature: Signature, problems: ProblemList): ScoringRows {
  const { columns, rows, rowsAt } = frame;
  const plan = planRows(signature);
  const asTheyStand = { rows, place: placeBelow(rowsAt) };
  if (columns === null || columns.every((name, index) => name === index)) return asTheyStand;
  if (plan.byName !== null) return namedRows(frame, columns, plan, problems);
  if (signature.source === 'mlmodel') {
    problems.add(() => ({
      pointer: frame.columnsAt,
      detail:
        "the model's columns have no names, so nothing tells in which order these must stand; send rows as lists without the names, or log the model with a signature that has names",
    }));
  }
  return asTheyStand;
}

/** Pointers of rows that stand in a list as they are. */
export function placeBelow(rowsAt: string): ScoringRows['place'] {
  return (row, steps) => `${rowsAt}/${row}${steps.map(pointerStep).join('')}`;
}

function namedRows(
  frame: Frame,
  columns: readonly unknown[],
  plan: RowPlan,
  problems: ProblemList,
): ScoringRows {
  const { rows, rowsAt, columnsAt } = frame;
  const place = placeBelow(rowsAt);
  const positions = findColumns(columns, plan, columnsAt, problems);
  const isInOrder =
    columns.length === positions.length && positions.every((position, index) => position === index);
  if (isInOrder) return { rows, place };
  const arranged = rows.map((row, index) => {
    if (!Array.isArray(row) || row.length !== columns.length) {
      problems.add(() => ({
        pointer: `${rowsAt}/${index}`,
        detail: `expected a list of ${columns.length} values, one for each of the columns`,
      }));
      return [];
    }
    return positions.map((position) => (position < 0 ? null : row[position]));
  });
  return {
    rows: arranged,
    place: (row, [first, ...rest]) =>
      place(row, typeof first === 'number' ? [positions[first]!, ...rest] : []),
  };
}

/** Where each column of the model stands among `columns`; −1 for optional ones that are not there. */
function findColumns(
  columns: readonly unknown[],
  plan: RowPlan,
  columnsAt: string,
  problems: ProblemList,
): readonly number[] {
  const found = new Map<string, number>();
  columns.forEach((column, index) => {
    const name = String(column);
    if (found.has(name) && plan.byName!.has(name)) {
      problems.add(() => ({
        pointer: `${columnsAt}/${index}`,
        detail: `column "${showName(name)}" is there twice`,
      }));
    }
    found.set(name, index);
  });
  const passedOver = [...found.keys()].filter((name) => !plan.byName!.has(name));
  return plan.columns.map((planned) => {
    const position = found.get(planned.column.name!);
    if (position !== undefined) return position;
    if (!planned.mayBeAbsent) {
      problems.add(() => ({ pointer: columnsAt, detail: describeMissing(planned, passedOver) }));
    }
    return -1;
  });
}
