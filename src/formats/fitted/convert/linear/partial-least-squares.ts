import type { GraphBuilder, GraphValue } from '../../graph/graph-builder.ts';
import type { Stored } from '../../values/stored.ts';
import type { Converter } from '../converter.ts';
import { Features } from '../features.ts';
import { refuseLarger } from '../refuse-larger.ts';

/**
 * PLSRegression, PLSCanonical and CCA. Coefficients are made from rotations and loadings: what is stored as `coef_` (or
 * `_coef_`) is for scaled columns in some versions of scikit-learn and for plain ones in others.
 */
export const partialLeastSquares: Converter = {
  predict(estimator, features, scope) {
    scope.refuseNaN(features);
    const { graph } = scope;
    const rotations = estimator.get('x_rotations_').numbersOfShape(features.width, -1);
    const components = rotations.shape[1] as number;
    const loadings = estimator.get('y_loadings_').numbersOfShape(-1, components);
    const targets = loadings.shape[0] as number;
    refuseLarger(features.width * targets * components, estimator, 'its coefficients');
    const deviations = estimator.get('_y_std').numbersOfShape(targets).values;
    const scales = estimator.get('_x_std').numbersOfShape(features.width).values;
    const weights = new Float64Array(features.width * targets);
    for (let column = 0; column < features.width; column += 1) {
      for (let target = 0; target < targets; target += 1) {
        let sum = 0;
        for (let at = 0; at < components; at += 1) {
          sum +=
            (rotations.values[column * components + at] as number) *
            (loadings.values[target * components + at] as number);
        }
        weights[column * targets + target] =
          (sum * (deviations[target] as number)) / (scales[column] as number);
      }
    }
    const centred = minus(graph, features.matrix(), estimator.get('_x_mean'), features.width);
    const product = graph.op('MatMul', centred, graph.reals(weights, [features.width, targets]));
    const { values } = estimator.get('intercept_').numbersOfShape(targets);
    return { kind: 'regressor', values: graph.op('Add', product, graph.reals(values)), targets };
  },
  transform: (estimator, features, scope) => {
    scope.refuseNaN(features);
    return projected(estimator, estimator.get('x_rotations_'), features, scope.graph);
  },
};

/** PLSSVD only transforms. */
export const plsSvd: Converter = {
  transform(estimator, features, scope) {
    scope.refuseNaN(features);
    return projected(estimator, estimator.get('x_weights_'), features, scope.graph);
  },
};

function projected(estimator: Stored, stored: Stored, features: Features, graph: GraphBuilder): Features {
  const { width } = features;
  const axes = stored.numbersOfShape(width, -1);
  const count = axes.shape[1] as number;
  const centred = minus(graph, features.matrix(), estimator.get('_x_mean'), width);
  const scales = estimator.get('_x_std').numbersOfShape(width).values;
  const scaled = graph.op('Div', centred, graph.reals(scales));
  return Features.made(graph, graph.op('MatMul', scaled, graph.reals(axes.values, [width, count])), count);
}

function minus(graph: GraphBuilder, value: GraphValue, mean: Stored, width: number): GraphValue {
  return graph.op('Sub', value, graph.reals(mean.numbersOfShape(width).values));
}
