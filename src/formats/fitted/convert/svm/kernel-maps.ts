import { GatewayError } from '../../../../errors.ts';
import type { Converter } from '../converter.ts';
import { EXPORT_INSTEAD } from '../export-instead.ts';
import { Features } from '../features.ts';
import { transposed } from '../linear/linear-scores.ts';
import { kernelOf, PAIRWISE_KERNELS } from './kernel.ts';
import { warnOfLargeWeights } from './large-weights.ts';
import { kernelSums } from './support-vectors.ts';

const LIMITS = `kernels other than ${PAIRWISE_KERNELS.join(', ')}`;

/** Nystroem: kernels with some rows of the training · normalization_ᵀ. */
export const nystroem: Converter = {
  limits: `${LIMITS}; kernel_params`,
  transform(estimator, features, scope) {
    scope.refuseNaN(features);
    const { width } = features;
    if (estimator.find('kernel_params') !== null) {
      throw new GatewayError(
        'UNSUPPORTED_MODEL',
        `${estimator.label} has kernel_params, which are not converted; ${EXPORT_INSTEAD}`,
      );
    }
    const gamma = () => estimator.find('gamma')?.number() ?? 1 / width;
    const kernel = kernelOf(estimator, gamma, PAIRWISE_KERNELS);
    const { values, shape } = estimator.get('components_').numbersOfShape(-1, width);
    const count = shape[0] as number;
    const normalization = estimator.get('normalization_').numbersOfShape(count, count).values;
    const weights = transposed(normalization, count, count);
    warnOfLargeWeights(estimator, weights, count, scope);
    const vectors = { points: { values, count, width }, kernel };
    const sums = kernelSums(scope.graph, features, vectors, weights, new Float64Array(count));
    return Features.made(scope.graph, sums, count);
  },
};

/** KernelPCA: kernels with the rows of the training, centred as theirs were, on eigenvectors_ / √eigenvalues_. */
export const kernelPca: Converter = {
  limits: LIMITS,
  transform(estimator, features, scope) {
    scope.refuseNaN(features);
    const { width } = features;
    // scikit-learn 1.2 keeps the parameter only.
    const gamma = () => (estimator.find('gamma_') ?? estimator.find('gamma'))?.number() ?? 1 / width;
    const kernel = kernelOf(estimator, gamma, PAIRWISE_KERNELS);
    const { values, shape } = estimator.get('X_fit_').numbersOfShape(-1, width);
    const count = shape[0] as number;
    const eigenvalues = estimator.get('eigenvalues_').numbersOfShape(-1).values;
    const sums = eigenvalues.length;
    const vectors = estimator.get('eigenvectors_').numbersOfShape(count, sums).values;
    const scaled = vectors.map((value, at) => {
      const eigenvalue = eigenvalues[at % sums] as number;
      return eigenvalue === 0 ? 0 : value / Math.sqrt(eigenvalue);
    });
    warnOfLargeWeights(estimator, scaled, sums, scope);
    const centerer = estimator.get('_centerer');
    const rows = centerer.get('K_fit_rows_').numbersOfShape(count).values;
    const all = centerer.get('K_fit_all_').number();
    // (K − rows − mean of K + all) · scaled, with what does not depend on K in the constants.
    const totals = new Float64Array(sums);
    const constants = new Float64Array(sums);
    for (const [at, weight] of scaled.entries()) {
      const sum = at % sums;
      totals[sum] = (totals[sum] as number) + weight;
      const row = rows[Math.floor(at / sums)] as number;
      constants[sum] = (constants[sum] as number) + (all - row) * weight;
    }
    const weights = scaled.map((weight, at) => weight - (totals[at % sums] as number) / count);
    const points = { values, count, width };
    const value = kernelSums(scope.graph, features, { points, kernel }, weights, constants);
    return Features.made(scope.graph, value, sums);
  },
};

/** RBFSampler: √(2 / components) · cos(x · random_weights_ + random_offset_). */
export const rbfSampler: Converter = {
  transform(estimator, features, scope) {
    scope.refuseNaN(features);
    const { graph } = scope;
    const { values, shape } = estimator.get('random_weights_').numbersOfShape(features.width, -1);
    const count = shape[1] as number;
    // onnxruntime has the sine of a double, and not its cosine.
    const offsets = estimator
      .get('random_offset_')
      .numbersOfShape(count)
      .values.map((offset) => offset + Math.PI / 2);
    const product = graph.op('MatMul', features.matrix(), graph.reals(values, [features.width, count]));
    const waves = graph.op('Sin', graph.op('Add', product, graph.reals(offsets)));
    return Features.made(graph, graph.op('Mul', waves, graph.real(Math.sqrt(2 / count))), count);
  },
};
