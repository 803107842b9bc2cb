import { planRows } from '../../model/row-plan.ts';
import type { Signature } from '../../model/signature.ts';
import { placeBelow } from './frame-rows.ts';
import type { NpyArray } from './npy-array.ts';
import type { ScoringRows } from './scoring-rows.ts';

/**
 * The rows of a NumPy array: its first axis. One of a single axis is one row, unless the model has a single column,
 * whose values it then has.
 */
export function npyRows({ shape, data }: NpyArray, signature: Signature): ScoringRows {
  const place = placeBelow('');
  const { columns } = planRows(signature);
  const isColumn = columns.length === 1 && columns[0]!.column.cellShape.length === 0;
  if (shape.length > 1) return { rows: nest(data, shape, 0) as unknown[], place };
  return { rows: isColumn ? data.map((value) => [value]) : [data], place };
}

function nest(data: NpyArray['data'], shape: readonly number[], start: number): unknown {
  const [dim = 1, ...inner] = shape;
  if (inner.length === 0) return data.slice(start, start + dim);
  const step = inner.reduce((product, length) => product * length, 1);
  return Array.from({ length: dim }, (_, index) => nest(data, inner, start + index * step));
}
