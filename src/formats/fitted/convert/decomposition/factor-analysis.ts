import { GatewayError } from '../../../../errors.ts';
import type { Converter } from '../converter.ts';
import { Features } from '../features.ts';
import { centred, componentsOf } from './projection.ts';

/** (x − mean_) · Wᵀ · (I + W · Cᵀ)⁻¹ with C the components and W = C / noise. */
export const factorAnalysis: Converter = {
  transform(estimator, features, scope) {
    scope.refuseNaN(features);
    const { graph } = scope;
    const { width } = features;
    const { values, count } = componentsOf(estimator, width);
    const noise = estimator.get('noise_variance_').numbersOfShape(width).values;
    const weighted = values.map((value, at) => value / (noise[at % width] as number));
    const inner = Array.from({ length: count }, (_, row) =>
      Float64Array.from({ length: count }, (__, column) => {
        let sum = row === column ? 1 : 0;
        for (let at = 0; at < width; at += 1) {
          sum += (weighted[row * width + at] as number) * (values[column * width + at] as number);
        }
        return sum;
      }),
    );
    // Columns of Wᵀ · inner⁻¹ solve inner · z = a row of W, since inner is symmetric.
    const weights = new Float64Array(width * count);
    for (let column = 0; column < width; column += 1) {
      const right = Float64Array.from(
        { length: count },
        (_, row) => weighted[row * width + column] as number,
      );
      weights.set(solved(inner, right), column * count);
    }
    const value = graph.op(
      'MatMul',
      centred(estimator, features, graph),
      graph.reals(weights, [width, count]),
    );
    return Features.made(graph, value, count);
  },
};

/** Gaussian elimination with the largest pivot of each column. */
function solved(matrix: readonly Float64Array[], right: Float64Array): Float64Array {
  const count = right.length;
  const rows: Float64Array[] = matrix.map((row, at) => Float64Array.of(...row, right[at] as number));
  for (let at = 0; at < count; at += 1) {
    const pivot = rows.reduce(
      (best, row, index) =>
        index >= at && Math.abs(row[at] as number) > Math.abs(rows[best]?.[at] as number) ? index : best,
      at,
    );
    [rows[at], rows[pivot]] = [rows[pivot] as Float64Array, rows[at] as Float64Array];
    const head = rows[at] as Float64Array;
    if (!(Math.abs(head[at] as number) > 0)) {
      throw new GatewayError('INVALID_MODEL', 'components_ and noise_variance_ give no matrix to invert');
    }
    for (const [index, row] of rows.entries()) {
      if (index === at) continue;
      const factor = (row[at] as number) / (head[at] as number);
      for (let column = at; column <= count; column += 1) {
        row[column] = (row[column] as number) - factor * (head[column] as number);
      }
    }
  }
  return Float64Array.from(rows, (row, at) => (row[count] as number) / (row[at] as number));
}
