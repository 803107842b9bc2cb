import type { GraphValue } from '../../graph/graph-builder.ts';
import type { Stored } from '../../values/stored.ts';
import type { Converter } from '../converter.ts';
import { inRows } from '../in-rows.ts';
import { warnOfLargeWeights } from '../svm/large-weights.ts';
import { processKernelOf } from './process-kernel.ts';

/** The mean of the process: deviation · (K(x, X_train_) · alpha_) + mean. */
export const gaussianProcessRegressor: Converter = {
  limits:
    'kernels that compare with metrics or are your own; Matern with another nu than 0.5, 1.5, 2.5, infinity',
  predict(estimator, features, scope) {
    scope.refuseNaN(features);
    const { graph } = scope;
    const { width } = features;
    const { values, shape } = estimator.get('X_train_').numbersOfShape(-1, width);
    const points = { values, count: shape[0] as number, width };
    const alpha = estimator.get('alpha_');
    const isSingle = alpha.shape().length === 1;
    const own = isSingle ? alpha.numbersOfShape(points.count) : alpha.numbersOfShape(points.count, -1);
    const targets = isSingle ? 1 : (own.shape[1] as number);
    const deviations = spread(estimator.get('_y_train_std'), targets);
    const means = spread(estimator.get('_y_train_mean'), targets);
    const kernel = processKernelOf(estimator.get('kernel_'), points);
    const weights = own.values.map((weight, at) => weight * (deviations[at % targets] as number));
    warnOfLargeWeights(
      estimator,
      weights.map((weight) => weight * kernel.size),
      targets,
      scope,
    );
    const [value] = inRows(
      graph,
      { matrix: features.matrix(), width, perRow: points.count * width },
      [{ type: graph.precision, width: targets }],
      (rows) => {
        const sums = graph.op(
          'MatMul',
          kernel.value(graph, rows),
          graph.reals(weights, [points.count, targets]),
        );
        return [graph.op('Add', sums, graph.reals(means))];
      },
    );
    return { kind: 'regressor', values: value as GraphValue, targets };
  },
};

/** One number for all targets, or one for each. */
function spread(stored: Stored, targets: number): Float64Array {
  const { values } = stored.numbers();
  return values.length === 1
    ? new Float64Array(targets).fill(values[0] as number)
    : stored.numbersOfShape(targets).values;
}
