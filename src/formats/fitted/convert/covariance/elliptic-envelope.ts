import { GatewayError } from '../../../../errors.ts';
import type { Stored } from '../../values/stored.ts';
import type { Converter, Scope } from '../converter.ts';
import { EXPORT_INSTEAD } from '../export-instead.ts';
import { outlierLabel } from '../scores.ts';

/** Some roundings of a double. */
const ROUNDINGS = 2 ** -50;
/** As the family's: what cancels less than this is not worth a word. */
const TOLERANCE = 1e-12;

/** −(x − location_) · precision_ · (x − location_)ᵀ − offset_: an outlier is farther than the contamination's share. */
export const ellipticEnvelope: Converter = {
  limits: 'store_precision=False',
  predict(estimator, features, scope) {
    scope.refuseNaN(features);
    const { graph } = scope;
    const { width } = features;
    const location = estimator.get('location_').numbersOfShape(width).values;
    const precision = precisionOf(estimator, width);
    warnOfCancellation(estimator, precision, width, scope);
    const centred = graph.op('Sub', features.matrix(), graph.reals(location));
    const projected = graph.op('MatMul', centred, graph.reals(precision, [width, width]));
    const squared = graph.op('ReduceSum', graph.op('Mul', projected, centred), graph.int64s([1]));
    // scikit-learn squares a root, which is NaN, and so an outlier, where the matrix is not quite positive.
    const root = graph.op('Sqrt', squared);
    const score = graph.op('Neg', graph.op('Mul', root, root));
    const decision = graph.op('Sub', score, graph.real(estimator.get('offset_').number()));
    return { kind: 'outliers', label: outlierLabel(graph, decision), decision };
  },
};

function precisionOf(estimator: Stored, width: number): Float64Array {
  if (estimator.get('store_precision').boolean()) {
    return estimator.get('precision_').numbersOfShape(width, width).values;
  }
  throw new GatewayError(
    'UNSUPPORTED_MODEL',
    `${estimator.label} was fitted with store_precision=False, and its covariance would be inverted at every call; fit it with store_precision=True, or ${EXPORT_INSTEAD}`,
  );
}

/** Columns that almost depend on one another make large terms that cancel, in scikit-learn too. */
function warnOfCancellation(estimator: Stored, precision: Float64Array, width: number, scope: Scope): void {
  const covariance = estimator.get('covariance_').numbersOfShape(width, width).values;
  const spread = (at: number) => Math.sqrt(Math.abs(covariance[at * width + at] as number));
  let size = 0;
  for (const [at, value] of precision.entries()) {
    size += Math.abs(value) * spread(Math.floor(at / width)) * spread(at % width);
  }
  const lost = ROUNDINGS * size;
  if (!(lost > TOLERANCE)) return;
  scope.loosen(
    lost,
    `${estimator.label}: terms of a size of ${size.toExponential(0)} cancel in its distances`,
  );
}
