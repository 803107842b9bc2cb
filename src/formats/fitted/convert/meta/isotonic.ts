import { GatewayError } from '../../../../errors.ts';
import type { GraphValue } from '../../graph/graph-builder.ts';
import type { Stored } from '../../values/stored.ts';
import type { Converter, Scope } from '../converter.ts';
import { piecewiseLinear } from '../piecewise-linear.ts';

/** Of a function that rounds its argument: a last bit of the argument may fall on the other side. */
const SINGLE_TOLERANCE = 1e-6;

/** A monotonous function of one column, straight between its knots. */
export const isotonicRegression: Converter = {
  predict(estimator, features, scope) {
    scope.refuseNaN(features);
    if (features.width !== 1) {
      throw new GatewayError(
        'INVALID_MODEL',
        `${estimator.label} takes one column, and there are ${features.width}`,
      );
    }
    const { graph } = scope;
    const matrix = features.matrix();
    const value = isSingle(estimator) ? graph.castReal(graph.cast(matrix, 'float')) : matrix;
    const values = isotonic(scope, estimator, value);
    return { kind: 'regressor', values: bounded(estimator, value, values, scope), targets: 1 };
  },
};

/** What `out_of_bounds` says of rows beyond the knots: the nearest knot's answer, NaN, or an error. */
function bounded(estimator: Stored, value: GraphValue, values: GraphValue, scope: Scope): GraphValue {
  const { graph } = scope;
  const bounds = estimator.get('out_of_bounds').text();
  // One knot answers everything, whatever the parameter says.
  if (bounds === 'clip' || estimator.get('X_thresholds_').shape()[0] === 1) return values;
  const below = graph.op('Less', value, graph.real(estimator.get('X_min_').number()));
  const above = graph.op('Greater', value, graph.real(estimator.get('X_max_').number()));
  const isBeyond = graph.op('Or', below, above);
  if (bounds === 'nan') return graph.op('Where', isBeyond, graph.real(Number.NaN), values);
  if (bounds === 'raise') {
    scope.failWhere(isBeyond, `${estimator.label} takes only numbers in the range that it was trained on`);
    return values;
  }
  throw new GatewayError('INVALID_MODEL', `${estimator.label} has the unknown out_of_bounds "${bounds}"`);
}

/** Whether it was fitted on float32: then scikit-learn rounds what comes, and every step of the calculation. */
function isSingle(estimator: Stored): boolean {
  return estimator.get('X_thresholds_').array().dtype.itemBytes < 8;
}

/** `value` is `[rows, 1]`. Beyond its knots the function is constant. */
export function isotonic(scope: Scope, estimator: Stored, value: GraphValue): GraphValue {
  const stored = estimator.get('X_thresholds_');
  const x = stored.numbersOfShape(-1).values;
  const y = estimator.get('y_thresholds_').numbersOfShape(x.length).values;
  const knots = { x, y, path: stored.path };
  if (!isSingle(estimator)) return piecewiseLinear(scope.graph, value, knots);
  scope.loosen(SINGLE_TOLERANCE, `${estimator.label} was fitted in single precision, and rounds so`);
  return piecewiseLinear(scope.graph, value, knots, 'float');
}
