import type { Converter } from '../converter.ts';
import { Features } from '../features.ts';

/** 1 where a number is above `threshold`, else 0. */
export const binarizer: Converter = {
  transform(estimator, features, scope) {
    scope.refuseNaN(features);
    const { graph } = scope;
    const isAbove = graph.op('Greater', features.matrix(), graph.real(estimator.get('threshold').number()));
    return Features.made(graph, graph.castReal(isAbove), features.width);
  },
};
