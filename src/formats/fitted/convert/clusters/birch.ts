import { GatewayError } from '../../../../errors.ts';
import type { Converter } from '../converter.ts';
import { Features } from '../features.ts';
import { centerDistances, centersOf, squaredDistances } from './centers.ts';

const CENTERS = 'subcluster_centers_';

/** Birch: the cluster that the nearest subcluster was put into; as a transformer the distance to each subcluster. */
export const birch: Converter = {
  // Of distances, for centers of a size of about one: see `centerDistances`.
  tolerance: 1e-7,
  predict(estimator, features, scope) {
    scope.refuseNaN(features);
    const { graph } = scope;
    const centers = centersOf(estimator, features.width, CENTERS);
    const labels = estimator.get('subcluster_labels_').numbersOfShape(centers.count);
    if (centers.count === 0 || !labels.values.every(Number.isSafeInteger)) {
      throw new GatewayError('INVALID_MODEL', `${estimator.label} has no whole number for each subcluster`);
    }
    const squared = squaredDistances(graph, features, centers);
    const nearest = graph.node('ArgMin', [squared], {
      attributes: { axis: { integer: 1 }, keepdims: { integer: 0 } },
    });
    return {
      kind: 'clusters',
      index: graph.op('Gather', graph.int64s(labels.values), nearest),
      scores: centerDistances(estimator, squared, centers, scope, CENTERS),
      clusters: centers.count,
      scoreName: 'scores',
    };
  },
  transform(estimator, features, scope) {
    scope.refuseNaN(features);
    const centers = centersOf(estimator, features.width, CENTERS);
    const squared = squaredDistances(scope.graph, features, centers);
    const distances = centerDistances(estimator, squared, centers, scope, CENTERS);
    return Features.made(scope.graph, distances, centers.count);
  },
};
