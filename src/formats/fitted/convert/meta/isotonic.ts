import { GatewayError } from '../../../../errors.ts';
import type { GraphBuilder, GraphValue } from '../../graph/graph-builder.ts';
import type { Stored } from '../../values/stored.ts';
import type { Converter, Scope } from '../converter.ts';
import { piecewiseLinear } from '../piecewise-linear.ts';

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
    const value = features.matrix();
    const values = isotonic(scope.graph, estimator, value);
    return { kind: 'regressor', values: bounded(estimator, value, values, scope), targets: 1 };
  },
  limits: 'single precision',
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
    scope.failWhere(isBeyond);
    return values;
  }
  throw new GatewayError('INVALID_MODEL', `${estimator.label} has the unknown out_of_bounds "${bounds}"`);
}

/** `value` is `[rows, 1]`. Beyond its knots the function is constant. */
export function isotonic(graph: GraphBuilder, estimator: Stored, value: GraphValue): GraphValue {
  const x = estimator.get('X_thresholds_');
  if (x.array().dtype.itemBytes !== 8) {
    throw new GatewayError(
      'UNSUPPORTED_MODEL',
      `${estimator.label} was fitted on numbers in single precision`,
    );
  }
  const knots = x.numbersOfShape(-1).values;
  const y = estimator.get('y_thresholds_').numbersOfShape(knots.length).values;
  return piecewiseLinear(graph, value, { x: knots, y, path: x.path });
}
