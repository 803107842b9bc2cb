import { GatewayError } from '../../../../errors.ts';
import type { Stored } from '../../values/stored.ts';
import type { Converter } from '../converter.ts';
import { EXPORT_INSTEAD } from '../export-instead.ts';
import { isSingle } from '../is-single.ts';
import { centred, componentsOf, projected } from './projection.ts';

/** What a few roundings to a float change, relative to the size of the number. */
const SINGLE_DIGITS = 2 ** -21;

/** PCA and IncrementalPCA: (x − mean_) · components_ᵀ, each divided by its deviation if `whiten`. */
export const principalComponents: Converter = {
  limits: 'whitening of components without variance',
  transform(estimator, features, scope) {
    scope.refuseNaN(features);
    const { graph } = scope;
    const { values, count } = componentsOf(estimator, features.width);
    const value = centred(estimator, features, graph);
    if (isSingle(estimator.get('components_'))) {
      scope.loosen(
        SINGLE_DIGITS * meanSize(estimator, values, features.width),
        `${estimator.label} was trained on float32, and scikit-learn projects its mean in single precision`,
      );
    }
    if (!estimator.get('whiten').boolean()) return projected(graph, value, values, count);
    const deviations = estimator.get('explained_variance_').numbersOfShape(count).values.map(Math.sqrt);
    if (deviations.some((deviation) => !(deviation >= Number.EPSILON))) {
      throw new GatewayError(
        'UNSUPPORTED_MODEL',
        `${estimator.label} whitens components without variance, whose answers are rounding errors; keep fewer components, or ${EXPORT_INSTEAD}`,
      );
    }
    const scaled = values.map(
      (weight, at) => weight / (deviations[Math.floor(at / features.width)] as number),
    );
    return projected(graph, value, scaled, count);
  },
};

/** The largest sum of sizes in `mean_` · `components_`ᵀ. */
function meanSize(estimator: Stored, components: Float64Array, width: number): number {
  const mean = estimator.find('mean_')?.numbersOfShape(width).values ?? new Float64Array(width);
  const sums = new Float64Array(components.length / width);
  for (const [at, weight] of components.entries()) {
    const row = Math.floor(at / width);
    sums[row] = (sums[row] as number) + Math.abs(weight * (mean[at % width] as number));
  }
  return sums.reduce((most, sum) => Math.max(most, sum), 0);
}

/** TruncatedSVD: x · components_ᵀ. */
export const truncatedSvd: Converter = {
  transform(estimator, features, scope) {
    scope.refuseNaN(features);
    const { values, count } = componentsOf(estimator, features.width);
    return projected(scope.graph, features.matrix(), values, count);
  },
};

/** FastICA: (x − mean_) · components_ᵀ; the mean is kept only where it whitens. */
export const fastIca: Converter = {
  transform(estimator, features, scope) {
    scope.refuseNaN(features);
    const { values, count } = componentsOf(estimator, features.width);
    const whitens = estimator.get('whiten').value !== false;
    const value = whitens ? centred(estimator, features, scope.graph) : features.matrix();
    return projected(scope.graph, value, values, count);
  },
};
