import { fillMatrix } from './fill-matrix.ts';
import { ProblemList } from './problem-list.ts';
import { planRows } from './row-plan.ts';
import { RowReader } from './row-reader.ts';
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
export function readRows({ rows, signature, at, problems }: RowSource): DecodedRows {
  const plan = planRows(signature);
  const { fixedRows } = signature;
  if (fixedRows !== null && rows.length !== fixedRows) {
    problems.add(() => ({
      pointer: at(Math.min(rows.length, fixedRows)),
      detail: `the model takes exactly ${fixedRows} ${fixedRows === 1 ? 'row' : 'rows'}, got ${rows.length}`,
    }));
  }
  const tensors = fillMatrix(plan, rows) ?? new RowReader({ plan, rows, at, problems }).read();
  return { tensors, rows: rows.length };
}
