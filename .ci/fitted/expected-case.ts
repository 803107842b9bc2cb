import { readFileSync } from 'node:fs';

export type Cell = number | string | boolean | null;

/** One array: one cell a row, or one list a row. */
export interface Answers {
  readonly values: readonly (Cell | readonly Cell[])[];
}

/** What `zoo.py` wrote down of one model. */
export interface ExpectedCase {
  readonly rows: readonly (readonly Cell[])[];
  readonly columns: readonly string[] | null;
  readonly predict?: Answers;
  readonly predict_proba?: Answers | { readonly each: readonly Answers['values'][] };
  readonly decision_function?: Answers | { readonly each: readonly Answers['values'][] };
  readonly transform?: Answers;
}

export function readExpected(file: string): ExpectedCase {
  return JSON.parse(readFileSync(file, 'utf8')) as ExpectedCase;
}

/** JSON has no infinity, and `null` stands for NaN. */
export function numberOf(cell: Cell): number {
  if (cell === null) return Number.NaN;
  return cell === 'inf'
    ? Number.POSITIVE_INFINITY
    : cell === '-inf'
      ? Number.NEGATIVE_INFINITY
      : Number(cell);
}
