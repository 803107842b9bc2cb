import type { PlannedColumn, RowPlan } from './row-plan.ts';
import type { Signature } from './signature.ts';
import { elementCount } from './tensor.ts';

/** How large everything is in one request, once variable dimensions are known. */
export interface RowLayout {
  /** Of each column, without −1. */
  readonly cellShapes: readonly (readonly number[])[];
  /** Of each input: its dimensions after the rows. */
  readonly rowDims: readonly (readonly number[])[];
  /** Of each input: elements in one row. */
  readonly widths: readonly number[];
}

const fixedLayouts = new WeakMap<Signature, RowLayout>();

/**
 * The layout for these rows. A variable dimension of a cell is what the first row that has a list there shows; every
 * other row must agree.
 */
export function layOutRows(plan: RowPlan, rows: readonly unknown[]): RowLayout {
  if (plan.hasVariableCells) {
    return layOut(
      plan,
      plan.columns.map((planned) => measureCell(plan, planned, rows)),
    );
  }
  const known = fixedLayouts.get(plan.signature);
  if (known !== undefined) return known;
  const layout = layOut(
    plan,
    plan.columns.map(({ column }) => column.cellShape),
  );
  fixedLayouts.set(plan.signature, layout);
  return layout;
}

/** The column's value in a row, whichever form the row has. */
export function cellOf(plan: RowPlan, { column, index }: PlannedColumn, row: unknown): unknown {
  if (Array.isArray(row)) return plan.isBareCell && !isWrapped(plan, row) ? row : row[index];
  if (typeof row !== 'object' || row === null || column.name === null) return undefined;
  return Object.hasOwn(row, column.name) ? (row as Record<string, unknown>)[column.name] : undefined;
}

/** Whether a row of a bare-cell plan is a list with the cell in it. Never so for inputs of variable width. */
export function isWrapped(plan: RowPlan, row: readonly unknown[]): boolean {
  if (row.length !== 1 || plan.signature.variableWidth) return false;
  return listDepth(row) === plan.columns[0]!.column.cellShape.length + 1;
}

/** How many lists stand within each other, following first elements: 0 for a plain value, 2 for `[[1, 2], 3]`. */
export function listDepth(value: unknown): number {
  let depth = 0;
  for (let inner = value; Array.isArray(inner); inner = inner[0]) depth++;
  return depth;
}

function measureCell(plan: RowPlan, planned: PlannedColumn, rows: readonly unknown[]): readonly number[] {
  const shape = planned.column.cellShape;
  if (!shape.includes(-1)) return shape;
  for (const row of rows) {
    let inner = cellOf(plan, planned, row);
    if (!Array.isArray(inner)) continue;
    return shape.map((dim) => {
      const length = Array.isArray(inner) ? inner.length : 1;
      inner = Array.isArray(inner) ? inner[0] : undefined;
      return dim < 0 ? length : dim;
    });
  }
  return shape.map((dim) => Math.max(0, dim));
}

function layOut(plan: RowPlan, cellShapes: readonly (readonly number[])[]): RowLayout {
  const rowDims = plan.signature.inputs.map(({ shape }, input) => {
    const dims = shape.slice(1);
    if (!dims.includes(-1)) return dims;
    const own = plan.columns.filter(({ column }) => column.input === input);
    const cell = cellShapes[own[0]?.index ?? 0] ?? [];
    if (own.length === 1 && cell.length === dims.length) return cell;
    return fillVariable(dims, coveredWidth(own, cellShapes));
  });
  return { cellShapes, rowDims, widths: rowDims.map(elementCount) };
}

// The first variable dimension takes what the fixed ones leave of the width; any further one is 1.
function fillVariable(dims: readonly number[], width: number): readonly number[] {
  const fixed = Math.max(1, elementCount(dims.filter((dim) => dim >= 0)));
  const variable = dims.indexOf(-1);
  return dims.map((dim, axis) => (dim >= 0 ? dim : axis === variable ? Math.ceil(width / fixed) : 1));
}

function coveredWidth(own: readonly PlannedColumn[], cellShapes: readonly (readonly number[])[]): number {
  let width = 0;
  for (const { column, index } of own) {
    width = Math.max(width, column.offset + elementCount(cellShapes[index]!));
  }
  return width;
}
