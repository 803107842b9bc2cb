import { fillMatrix } from './fill-matrix.ts';
import { ProblemList } from './problem-list.ts';
import { type RowLeniency, STRICT_ROWS } from './row-leniency.ts';
import { planRows } from './row-plan.ts';
import { type PlaceOf, RowReader } from './row-reader.ts';
import { pointerStep } from './shown-name.ts';
import type { Signature } from './signature.ts';
import type { Tensor } from './tensor.ts';

/** What a request's rows are for the graph. */
export interface DecodedRows {
  /** One for each of `Signature.inputs`, in that order, `[rows, …]`. The caller owns them; no buffer is shared. */
  readonly tensors: readonly Tensor[];
  readonly rows: number;
}

/** What `readRows` reads, and where problems go. */
export interface RowSource {
  /**
   * Values as `parseExactJson` gives them. Each row is a list of the columns' values in signature order, or an object
   * of column → value. Where the only column holds lists (a cell shape), a row by position is that list itself.
   */
  readonly rows: readonly unknown[];
  readonly signature: Signature;
  /** JSON pointer to the row at an index of `rows`. */
  readonly at: (row: number) => string;
  readonly problems: ProblemList;
  /** What else is taken; nothing without it. */
  readonly leniency?: RowLeniency;
  /** For bodies whose values stand elsewhere than in rows; without it the steps follow `at(row)`. */
  readonly place?: PlaceOf;
}

/**
 * Rows as tensors, by the rules of contract section 5. Zero rows give tensors of zero rows.
 *
 * @param at JSON pointer to the row at an index of `rows`, e.g. `/features/3`.
 * @throws GatewayError INVALID_INPUT with every problem that was found (the first hundred in full).
 */
export function decodeRows(
  rows: readonly unknown[],
  signature: Signature,
  at: (row: number) => string,
): DecodedRows {
  const problems = new ProblemList();
  const decoded = readRows({ rows, signature, at, problems });
  problems.throwIfAny();
  return decoded;
}

/** As `decodeRows`, but adds to the caller's problems. If there are any afterwards, the tensors mean nothing. */
export function readRows(source: RowSource): DecodedRows {
  const { rows, signature, at, problems, leniency = STRICT_ROWS } = source;
  const plan = planRows(signature);
  const { fixedRows } = signature;
  if (fixedRows !== null && rows.length !== fixedRows) {
    problems.add(() => ({
      pointer: at(Math.min(rows.length, fixedRows)),
      detail: `the model takes exactly ${fixedRows} ${fixedRows === 1 ? 'row' : 'rows'}, got ${rows.length}`,
    }));
  }
  const place = source.place ?? ((row, steps) => at(row) + steps.map(pointerStep).join(''));
  const tensors = fillMatrix(plan, rows) ?? new RowReader({ plan, rows, place, problems, leniency }).read();
  return { tensors, rows: rows.length };
}
