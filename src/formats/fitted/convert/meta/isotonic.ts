import { GatewayError } from '../../../../errors.ts';
import type { GraphBuilder, GraphValue } from '../../graph/graph-builder.ts';
import type { Stored } from '../../values/stored.ts';
import type { Converter } from '../converter.ts';
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
    return { kind: 'regressor', values: isotonic(scope.graph, estimator, features.matrix()), targets: 1 };
  },
  limits: 'out_of_bounds other than "clip"; single precision',
};

/** `value` is `[rows, 1]`. Beyond its knots the function is constant. */
export function isotonic(graph: GraphBuilder, estimator: Stored, value: GraphValue): GraphValue {
  const bounds = estimator.get('out_of_bounds').text();
  if (bounds !== 'clip') {
    throw new GatewayError(
      'UNSUPPORTED_MODEL',
      `${estimator.label} has out_of_bounds="${bounds}" and answers nothing beyond its rows; train it with out_of_bounds="clip"`,
    );
  }
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
