import { GatewayError } from '../../../../errors.ts';
import type { Converter } from '../converter.ts';
import { Features } from '../features.ts';
import { refuseLarger } from '../refuse-larger.ts';
import { centred, componentsOf } from './projection.ts';

/** (x − mean_) · Wᵀ · (I + W · Cᵀ)⁻¹ with C the components and W = C / noise. */
export const factorAnalysis: Converter = {
  transform(estimator, features, scope) {
    scope.refuseNaN(features);
    const { graph } = scope;
    const { width } = features;
    const { values, count } = componentsOf(estimator, width);
    const noise = estimator.get('noise_variance_').numbersOfShape(width).values;
    refuseLarger(count * count * width, estimator, 'the posterior of its factors');
    const weighted = values.map((value, at) => value / (noise[at % width] as number));
    // Each row: a row of inner = I + W · Cᵀ, and behind it one of W. Solved, the latter is inner⁻¹ · W, for inner is
    // symmetric.
    const rows = Array.from({ length: count }, (_, row) => {
      const inner = Float64Array.from({ length: count }, (__, column) => {
        let sum = row === column ? 1 : 0;
        for (let at = 0; at < width; at += 1) {
          sum += (weighted[row * width + at] as number) * (values[column * width + at] as number);
        }
        return sum;
      });
      const both = new Float64Array(count + width);
      both.set(inner);
      both.set(weighted.subarray(row * width, (row + 1) * width), count);
      return both;
    });
    eliminate(rows);
    const weights = new Float64Array(width * count);
    for (const [row, own] of rows.entries()) {
      for (let column = 0; column < width; column += 1) {
        weights[column * count + row] = (own[count + column] as number) / (own[row] as number);
      }
    }
    const value = graph.op(
      'MatMul',
      centred(estimator, features, graph),
      graph.reals(weights, [width, count]),
    );
    return Features.made(graph, value, count);
  },
};

/** Gaussian elimination with the largest pivot of each column: `[count, count + any]` becomes diagonal in front. */
function eliminate(rows: Float64Array[]): void {
  for (let at = 0; at < rows.length; at += 1) {
    let pivot = at;
    for (let index = at; index < rows.length; index += 1) {
      if (Math.abs(rows[index]?.[at] as number) > Math.abs(rows[pivot]?.[at] as number)) pivot = index;
    }
    [rows[at], rows[pivot]] = [rows[pivot] as Float64Array, rows[at] as Float64Array];
    const head = rows[at] as Float64Array;
    if (!(Math.abs(head[at] as number) > 0)) {
      throw new GatewayError('INVALID_MODEL', 'components_ and noise_variance_ give no matrix to invert');
    }
    for (const row of rows) {
      if (row === head) continue;
      const factor = (row[at] as number) / (head[at] as number);
      for (let column = at; column < row.length; column += 1) {
        row[column] = (row[column] as number) - factor * (head[column] as number);
      }
    }
  }
}
