import { GatewayError } from '../../../../errors.ts';
import type { GraphBuilder, GraphValue } from '../../graph/graph-builder.ts';
import type { Stored } from '../../values/stored.ts';
import { type Points, reducedDistances } from '../distances.ts';
import { EXPORT_INSTEAD } from '../export-instead.ts';
import { transposed } from '../linear/linear-scores.ts';

/** The kernels of `sklearn.metrics.pairwise` that are converted. */
export const PAIRWISE_KERNELS = ['linear', 'rbf', 'poly', 'polynomial', 'sigmoid', 'laplacian', 'cosine'];

/** How alike two rows are. */
export type Kernel =
  | { readonly kind: 'linear' | 'cosine' }
  | { readonly kind: 'rbf' | 'laplacian'; readonly gamma: number }
  | { readonly kind: 'poly'; readonly gamma: number; readonly offset: number; readonly degree: number }
  | { readonly kind: 'sigmoid'; readonly gamma: number; readonly offset: number };

/**
 * The kernel that `kernel`, `coef0` and `degree` name; None is what `sklearn.metrics.pairwise` takes then.
 *
 * @param known the kernels that the estimator's class calculates as they are calculated here.
 * @throws GatewayError UNSUPPORTED_MODEL if it is another one, or a function.
 */
export function kernelOf(estimator: Stored, gamma: () => number, known: readonly string[]): Kernel {
  const stored = estimator.get('kernel');
  if (typeof stored.value !== 'string' || !known.includes(stored.value)) {
    const name = typeof stored.value === 'string' ? `"${stored.value}"` : 'a function';
    throw new GatewayError(
      'UNSUPPORTED_MODEL',
      `${estimator.label} has the kernel ${name}, and only ${known.join(', ')} are converted; ${EXPORT_INSTEAD}`,
    );
  }
  switch (stored.value) {
    case 'rbf':
    case 'laplacian':
      return { kind: stored.value, gamma: gamma() };
    case 'sigmoid':
      return { kind: 'sigmoid', gamma: gamma(), offset: estimator.find('coef0')?.number() ?? 1 };
    case 'poly':
    case 'polynomial':
      return {
        kind: 'poly',
        gamma: gamma(),
        offset: estimator.find('coef0')?.number() ?? 1,
        degree: estimator.find('degree')?.number() ?? 3,
      };
    default:
      return { kind: stored.value === 'cosine' ? 'cosine' : 'linear' };
  }
}

/** `[rows, width]` and points → `[rows, count]`. */
export function kernelValues(
  graph: GraphBuilder,
  rows: GraphValue,
  points: Points,
  kernel: Kernel,
): GraphValue {
  switch (kernel.kind) {
    case 'linear':
      return products(graph, rows, points, 1);
    case 'cosine':
      return graph.op('Sub', graph.real(1), reducedDistances(graph, rows, points, { kind: 'cosine' }));
    case 'rbf':
    case 'laplacian': {
      const metric = kernel.kind === 'rbf' ? 'euclidean' : 'manhattan';
      const distances = reducedDistances(graph, rows, points, { kind: metric });
      return graph.op('Exp', graph.op('Mul', distances, graph.real(-kernel.gamma)));
    }
    case 'poly':
      return graph.op('Pow', scaledProducts(graph, rows, points, kernel), graph.real(kernel.degree));
    case 'sigmoid':
      return graph.op('Tanh', scaledProducts(graph, rows, points, kernel));
  }
}

/** Numbers that `kernelValues` holds for each row. */
export function numbersPerRow(kernel: Kernel, { count, width }: Points): number {
  return kernel.kind === 'rbf' || kernel.kind === 'laplacian' ? count * width : count;
}

function scaledProducts(
  graph: GraphBuilder,
  rows: GraphValue,
  points: Points,
  { gamma, offset }: { readonly gamma: number; readonly offset: number },
): GraphValue {
  return graph.op('Add', products(graph, rows, points, gamma), graph.real(offset));
}

/** γ · x · f */
function products(
  graph: GraphBuilder,
  rows: GraphValue,
  { values, count, width }: Points,
  gamma: number,
): GraphValue {
  const scaled = transposed(values, count, width).map((value) => value * gamma);
  return graph.op('MatMul', rows, graph.reals(scaled, [width, count]));
}
