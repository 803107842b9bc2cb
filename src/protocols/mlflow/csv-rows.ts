import { GatewayError } from '../../errors.ts';
import { readNumberText } from '../../model/number-text.ts';
import type { ProblemList } from '../../model/problem-list.ts';
import { type PlannedColumn, planRows, type RowPlan } from '../../model/row-plan.ts';
import type { Signature } from '../../model/signature.ts';
import { frameRows } from './frame-rows.ts';
import type { RequestFormat } from './request-format.ts';
import type { ScoringRows } from './scoring-rows.ts';

type Header = Extract<RequestFormat, { kind: 'csv' }>['header'];

/** What pandas reads as a missing value. */
const MISSING: ReadonlySet<string> = new Set(
  ',#N/A,#N/A N/A,#NA,-1.#IND,-1.#QNAN,-NaN,-nan,1.#IND,1.#QNAN,<NA>,N/A,NA,NULL,NaN,None,n/a,nan,null'.split(
    ',',
  ),
);
const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['True', true],
  ['TRUE', true],
  ['false', false],
  ['False', false],
  ['FALSE', false],
]);

/**
 * The rows of a CSV body. MLflow's clients send a header, SageMaker's send none: the first line is one if it has the
 * name of a column, or nothing but words where the model has numbers. Cells become what their column takes.
 *
 * Pointers are `/row/position`, both counted from 0 without the header.
 *
 * @throws GatewayError INVALID_INPUT if there is not even a line.
 */
export function csvRows(
  lines: readonly (readonly string[])[],
  header: Header,
  signature: Signature,
  problems: ProblemList,
): ScoringRows {
  const [first] = lines;
  if (first === undefined) throw new GatewayError('INVALID_INPUT', 'the body has no line of CSV');
  const plan = planRows(signature);
  const hasHeader = header === 'present' || (header === 'auto' && looksLikeHeader(first, plan));
  const frame = {
    columns: hasHeader ? first.map((name) => name.trim()) : null,
    rows: hasHeader ? lines.slice(1) : lines,
    columnsAt: '',
    rowsAt: '',
  };
  const { rows, place } = frameRows(frame, signature, problems);
  return { rows: rows.map((row) => readCells(row as readonly string[], plan)), place };
}

function looksLikeHeader(cells: readonly string[], plan: RowPlan): boolean {
  if (plan.byName !== null && cells.some((cell) => plan.byName!.has(cell.trim()))) return true;
  const hasNumbers = plan.columns.some(isNumeric);
  return hasNumbers && cells.every((cell) => !MISSING.has(cell.trim()) && readNumberText(cell) === null);
}

function isNumeric({ domain }: PlannedColumn): boolean {
  return domain.kind === 'floating' || domain.kind === 'integer';
}

/** What is no number in a numeric column stays text, which is then refused as such. */
function readCells(cells: readonly (string | null)[], { columns }: RowPlan): unknown[] {
  return cells.map((cell, index) => {
    // A row of variable width has one column.
    const planned = columns[index] ?? columns[0];
    if (cell === null || planned === undefined || planned.domain.kind === 'string') return cell;
    const value = isNumeric(planned) ? readNumberText(cell) : BOOLEANS.get(cell.trim());
    return value ?? (MISSING.has(cell.trim()) ? null : cell);
  });
}
