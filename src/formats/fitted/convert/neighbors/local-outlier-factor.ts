import { GatewayError } from '../../../../errors.ts';
import type { GraphValue } from '../../graph/graph-builder.ts';
import type { Converter } from '../converter.ts';
import { inRows } from '../in-rows.ts';
import { outlierLabel } from '../scores.ts';
import { nearest, neighborsOf } from './nearest.ts';
import { metricOf, NEIGHBOR_LIMITS, trainingPoints } from './training-points.ts';

/** Keeps the density of rows without any distance finite, as in scikit-learn. */
const MIN_DISTANCE = 1e-10;

/** How much less dense it is around a row than around its neighbours; it predicts with `novelty=True` only. */
export const localOutlierFactor: Converter = {
  limits: `${NEIGHBOR_LIMITS}; novelty=False`,
  predict(estimator, features, scope) {
    if (!estimator.get('novelty').boolean()) {
      throw new GatewayError(
        'UNSUPPORTED_MODEL',
        `${estimator.label} was fitted with novelty=False, and has no predict; fit it with novelty=True`,
      );
    }
    scope.refuseNaN(features);
    const { graph } = scope;
    const { width } = features;
    const points = trainingPoints(estimator, width);
    const metric = metricOf(estimator, width);
    const neighbors = neighborsOf(estimator, 'n_neighbors_', points);
    const densities = estimator.get('_lrd').numbersOfShape(points.count).values;
    const stored = estimator.get('_distances_fit_X_').numbersOfShape(points.count, -1);
    const own = stored.shape[1] as number;
    if (own < neighbors) {
      throw new GatewayError('INVALID_MODEL', `${estimator.label} knows too few distances of its training`);
    }
    // Of each row of the training the distance to the last of its neighbours.
    const reach = Float64Array.from(densities, (_, at) => stored.values[at * own + neighbors - 1] as number);
    const [score] = inRows(
      graph,
      { matrix: features.matrix(), width, perRow: points.count * width },
      [{ type: graph.precision, width: 1 }],
      (rows) => {
        const { index, distances } = nearest(graph, rows, { points, metric, neighbors });
        const far = graph.op('Max', distances, graph.op('Gather', graph.reals(reach), index));
        const mean = graph.op('ReduceMean', far, graph.int64s([1]));
        const density = graph.op('Reciprocal', graph.op('Add', mean, graph.real(MIN_DISTANCE)));
        const ratios = graph.op('Div', graph.op('Gather', graph.reals(densities), index), density);
        return [graph.op('Neg', graph.op('ReduceMean', ratios, graph.int64s([1])))];
      },
    );
    const offset = estimator.get('offset_').number();
    const decision = graph.op('Sub', score as GraphValue, graph.real(offset));
    return { kind: 'outliers', label: outlierLabel(graph, decision), decision };
  },
};
