import type { Converter } from '../converter.ts';
import { Features } from '../features.ts';
import { centerDistances, centersOf, squaredDistances } from './centers.ts';

/** KMeans and MiniBatchKMeans: the nearest center; as a transformer the distance to each. */
export const kMeans: Converter = {
  // Of distances, for centers of a size of about one: see `centerDistances`.
  tolerance: 1e-7,
  predict(estimator, features, scope) {
    scope.refuseNaN(features);
    const { graph } = scope;
    const centers = centersOf(estimator, features.width);
    const squared = squaredDistances(graph, features, centers);
    return {
      kind: 'clusters',
      index: graph.node('ArgMin', [squared], {
        attributes: { axis: { integer: 1 }, keepdims: { integer: 0 } },
      }),
      scores: centerDistances(estimator, squared, centers, scope),
      clusters: centers.count,
      scoreName: 'scores',
    };
  },
  transform(estimator, features, scope) {
    scope.refuseNaN(features);
    const centers = centersOf(estimator, features.width);
    const squared = squaredDistances(scope.graph, features, centers);
    return Features.made(scope.graph, centerDistances(estimator, squared, centers, scope), centers.count);
  },
};
