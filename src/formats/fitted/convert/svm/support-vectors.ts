import { GatewayError } from '../../../../errors.ts';
import type { GraphBuilder, GraphValue } from '../../graph/graph-builder.ts';
import type { Stored } from '../../values/stored.ts';
import type { Points } from '../distances.ts';
import type { Features } from '../features.ts';
import { inRows } from '../in-rows.ts';
import { type Kernel, kernelOf, kernelValues, numbersPerRow } from './kernel.ts';

/** The kernels that libsvm calculates; a precomputed one has no support vectors. */
const LIBSVM_KERNELS = ['linear', 'rbf', 'poly', 'sigmoid'];

/** What is refused of every class that libsvm fits. */
export const KERNEL_LIMITS = 'precomputed kernels and kernels that are a function; training on sparse arrays';

export interface SupportVectors {
  readonly points: Points;
  readonly kernel: Kernel;
}

/** Of SVC, SVR and their like. @throws GatewayError UNSUPPORTED_MODEL if they are sparse or the kernel is another. */
export function supportVectorsOf(estimator: Stored, width: number): SupportVectors {
  const kernel = kernelOf(estimator, () => estimator.get('_gamma').number(), LIBSVM_KERNELS);
  const stored = estimator.get('support_vectors_');
  if (stored.isObject) {
    throw new GatewayError(
      'UNSUPPORTED_MODEL',
      `${stored.path} of ${estimator.label} is sparse (${stored.typeName}), and only arrays are read; fit the estimator on an array`,
    );
  }
  const { values, shape } = stored.numbersOfShape(-1, width);
  return { points: { values, count: shape[0] as number, width }, kernel };
}

/**
 * `[rows, sums]`: kernels with each support vector · weights + constants.
 *
 * @param weights `[support vectors, sums]`, row-major.
 */
export function kernelSums(
  graph: GraphBuilder,
  features: Features,
  { points, kernel }: SupportVectors,
  weights: Float64Array,
  constants: Float64Array,
): GraphValue {
  const sums = constants.length;
  const perRow = numbersPerRow(kernel, points);
  const [value] = inRows(
    graph,
    { matrix: features.matrix(), width: features.width, perRow },
    [{ type: graph.precision, width: sums }],
    (rows) => {
      const kernels = kernelValues(graph, rows, points, kernel);
      const product = graph.op('MatMul', kernels, graph.reals(weights, [points.count, sums]));
      return [graph.op('Add', product, graph.reals(constants))];
    },
  );
  return value as GraphValue;
}
