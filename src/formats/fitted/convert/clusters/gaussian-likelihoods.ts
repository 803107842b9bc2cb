import { GatewayError } from '../../../../errors.ts';
import type { GraphBuilder, GraphValue } from '../../graph/graph-builder.ts';
import type { Stored } from '../../values/stored.ts';
import type { Features } from '../features.ts';
import { inRows } from '../in-rows.ts';
import { transposed } from '../linear/linear-scores.ts';

/** Squared Mahalanobis distances `[rows, components]`, and half the logarithm of each precision's determinant. */
export interface GaussianTerms {
  readonly distances: GraphValue;
  readonly logDeterminants: Float64Array;
}

interface Mixture {
  readonly graph: GraphBuilder;
  readonly features: Features;
  readonly precisions: Stored;
  /** `[components, width]` */
  readonly means: Float64Array;
  readonly count: number;
  readonly width: number;
}

/** As `_estimate_log_gaussian_prob`, which multiplies squares out where covariances are diagonal; so does this. */
export function gaussianTerms(estimator: Stored, features: Features, graph: GraphBuilder): GaussianTerms {
  const { width } = features;
  const { values: means, shape } = estimator.get('means_').numbersOfShape(-1, width);
  const precisions = estimator.get('precisions_cholesky_');
  const mixture = { graph, features, precisions, means, count: shape[0] as number, width };
  const type = estimator.get('covariance_type').text();
  switch (type) {
    case 'full':
    case 'tied':
      return ofMatrices(mixture, type === 'tied');
    case 'diag': {
      const roots = precisions.numbersOfShape(mixture.count, width).values;
      return ofDiagonals(mixture, roots);
    }
    case 'spherical': {
      const roots = precisions.numbersOfShape(mixture.count).values;
      const spread = Float64Array.from(means, (_, at) => roots[Math.floor(at / width)] as number);
      return ofDiagonals(mixture, spread);
    }
    default:
      throw new GatewayError('INVALID_MODEL', `${estimator.label} has the unknown covariance type "${type}"`);
  }
}

/** |x · P − mean · P|² with a matrix for each component, or one for all. */
function ofMatrices(mixture: Mixture, isTied: boolean): GaussianTerms {
  const { graph, features, precisions, means, count, width } = mixture;
  const matrices = isTied
    ? precisions.numbersOfShape(width, width).values
    : precisions.numbersOfShape(count, width, width).values;
  const matrixOf = (component: number) =>
    isTied ? matrices : matrices.subarray(component * width * width, (component + 1) * width * width);
  const shifts = new Float64Array(count * width);
  const logDeterminants = new Float64Array(count);
  for (let component = 0; component < count; component += 1) {
    const matrix = matrixOf(component);
    for (let column = 0; column < width; column += 1) {
      let shift = 0;
      for (let row = 0; row < width; row += 1) {
        shift += (means[component * width + row] as number) * (matrix[row * width + column] as number);
      }
      shifts[component * width + column] = shift;
      logDeterminants[component] =
        (logDeterminants[component] as number) + Math.log(matrix[column * width + column] as number);
    }
  }
  const sides = isTied ? 1 : count;
  const [distances] = inRows(
    graph,
    { matrix: features.matrix(), width, perRow: count * width },
    [{ type: graph.precision, width: count }],
    (rows) => {
      const projected = graph.op(
        'MatMul',
        rows,
        graph.reals(sideBySide(matrices, sides, width), [width, sides * width]),
      );
      const each = graph.op('Reshape', projected, graph.int64s([-1, sides, width]));
      const off = graph.op('Sub', each, graph.reals(shifts, [count, width]));
      return [
        graph.node('ReduceSumSquare', [off, graph.int64s([2])], { attributes: { keepdims: { integer: 0 } } }),
      ];
    },
  );
  return { distances: distances as GraphValue, logDeterminants };
}

/** `[sides, width, width]` → `[width, sides · width]`. */
function sideBySide(matrices: Float64Array, sides: number, width: number): Float64Array {
  return Float64Array.from(matrices, (_, at) => {
    const row = Math.floor(at / (sides * width));
    const side = Math.floor((at % (sides * width)) / width);
    return matrices[(side * width + row) * width + (at % width)] as number;
  });
}

/** Σ mean² p − 2 Σ x · mean · p + Σ x² p, with p the squares of `roots` (`[components, width]`). */
function ofDiagonals(mixture: Mixture, roots: Float64Array): GaussianTerms {
  const { graph, features, means, count, width } = mixture;
  const x = features.matrix();
  const precision = roots.map((root) => root * root);
  const logDeterminants = new Float64Array(count);
  const own = new Float64Array(count);
  for (const [at, root] of roots.entries()) {
    const component = Math.floor(at / width);
    const mean = means[at] as number;
    logDeterminants[component] = (logDeterminants[component] as number) + Math.log(root);
    own[component] = (own[component] as number) + mean * mean * (precision[at] as number);
  }
  const product = (value: GraphValue, weights: Float64Array) =>
    graph.op('MatMul', value, graph.reals(transposed(weights, count, width), [width, count]));
  const mixed = product(
    x,
    means.map((mean, at) => -2 * mean * (precision[at] as number)),
  );
  const squares = product(graph.op('Mul', x, x), precision);
  return { distances: graph.op('Add', graph.op('Add', graph.reals(own), mixed), squares), logDeterminants };
}
