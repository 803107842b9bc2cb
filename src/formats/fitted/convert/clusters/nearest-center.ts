import { GatewayError } from '../../../../errors.ts';
import type { Stored } from '../../values/stored.ts';
import type { Converter } from '../converter.ts';
import { EXPORT_INSTEAD } from '../export-instead.ts';
import { centersOf, squaredDistances } from './centers.ts';

/** MeanShift: the nearest center, which has no score. */
export const meanShift: Converter = nearestCenter(() => undefined);

/** AffinityPropagation: the nearest of the training's rows that stand for others. */
export const affinityPropagation: Converter = {
  ...nearestCenter((estimator) => {
    const affinity = estimator.get('affinity');
    if (affinity.value === 'euclidean') return;
    throw new GatewayError(
      'UNSUPPORTED_MODEL',
      `${estimator.label} has precomputed affinities, with which there is no predict; fit it with affinity="euclidean"`,
    );
  }),
  limits: 'precomputed affinities; a fit that did not converge',
};

function nearestCenter(check: (estimator: Stored) => void): Converter {
  return {
    predict(estimator, features, scope) {
      scope.refuseNaN(features);
      check(estimator);
      const centers = centersOf(estimator, features.width);
      if (centers.count === 0) {
        throw new GatewayError(
          'UNSUPPORTED_MODEL',
          `${estimator.label} found no clusters, for it did not converge; fit it with more iterations, or ${EXPORT_INSTEAD}`,
        );
      }
      const squared = squaredDistances(scope.graph, features, centers);
      const index = scope.graph.node('ArgMin', [squared], {
        attributes: { axis: { integer: 1 }, keepdims: { integer: 0 } },
      });
      return { kind: 'clusters', index, scores: null, clusters: centers.count, scoreName: 'scores' };
    },
  };
}
