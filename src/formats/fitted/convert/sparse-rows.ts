import { GatewayError } from '../../../errors.ts';
import type { Stored } from '../values/stored.ts';
import { EXPORT_INSTEAD } from './export-instead.ts';
import { refuseLarger } from './refuse-larger.ts';

/**
 * scipy's matrix of compressed sparse rows, in full: `[rows, width]`, row-major. What is stored twice is added up, as
 * scipy does.
 *
 * @throws GatewayError UNSUPPORTED_MODEL for another format or one that is too large in full; INVALID_MODEL where its
 * positions are none.
 */
export function sparseRows(stored: Stored, width: number): { values: Float64Array; count: number } {
  if (!['csr_matrix', 'csr_array'].includes(stored.className ?? '')) {
    throw new GatewayError(
      'UNSUPPORTED_MODEL',
      `${stored.path} is sparse (${stored.typeName}), and only rows (csr) are read; ${EXPORT_INSTEAD}`,
    );
  }
  const [count = -1, columns] = stored.get('_shape').numbersOfShape(2).values;
  const starts = stored.get('indptr').numbersOfShape(-1).values;
  const data = stored.get('data').numbersOfShape(-1).values;
  const indices = stored.get('indices').numbersOfShape(data.length).values;
  if (columns !== width || starts.length !== count + 1 || starts[0] !== 0 || starts[count] !== data.length)
    throw broken(stored);
  refuseLarger(count * width, stored, 'the matrix in full');
  const values = new Float64Array(count * width);
  for (let row = 0; row < count; row += 1) {
    const [start, end] = [starts[row] as number, starts[row + 1] as number];
    if (!(start <= end && end <= data.length)) throw broken(stored);
    for (let at = start; at < end; at += 1) {
      const column = indices[at] as number;
      if (!(Number.isInteger(column) && column >= 0 && column < width)) throw broken(stored);
      values[row * width + column] = (values[row * width + column] as number) + (data[at] as number);
    }
  }
  return { values, count };
}

function broken(stored: Stored): GatewayError {
  return new GatewayError('INVALID_MODEL', `${stored.label} has positions that are none of its shape`);
}
