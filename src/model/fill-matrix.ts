import { layOutRows } from './row-layout.ts';
import type { RowPlan } from './row-plan.ts';
import type { Tensor } from './tensor.ts';

/**
 * The fast path for rows that are nothing but numbers for one floating input; `null` if these are not (which may
 * still be right: the slow path decides).
 */
export function fillMatrix(plan: RowPlan, rows: readonly unknown[]): readonly Tensor[] | null {
  const limit = plan.matrixLimit;
  const [input] = plan.signature.inputs;
  if (limit === null || input === undefined || !Array.isArray(rows[0])) return null;
  const { widths, rowDims } = layOutRows(plan, rows);
  const width = widths[0]!;
  if (width === 0 || !(plan.signature.variableWidth || width === plan.columns.length)) return null;
  // Before anything is allocated: a body of empty rows must not claim the memory of full ones.
  if (!haveWidth(rows, width)) return null;
  const data =
    input.type === 'float64' ? new Float64Array(rows.length * width) : new Float32Array(rows.length * width);
  if (!fill(data, rows as readonly (readonly unknown[])[], width, limit)) return null;
  return [{ type: input.type, dims: [rows.length, ...rowDims[0]!], data }];
}

function haveWidth(rows: readonly unknown[], width: number): boolean {
  for (const row of rows) {
    if (!Array.isArray(row) || row.length !== width) return false;
  }
  return true;
}

function fill(
  data: Float32Array | Float64Array,
  rows: readonly (readonly unknown[])[],
  width: number,
  limit: number,
): boolean {
  let at = 0;
  for (let index = 0; index < rows.length; index++) {
    const row = rows[index]!;
    for (let column = 0; column < width; column++) {
      const value = row[column];
      if (typeof value !== 'number' || !(Math.abs(value) < limit)) return false;
      data[at++] = value;
    }
  }
  return true;
}
