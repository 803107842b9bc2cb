import type { Converter } from '../converter.ts';
import { clipped } from './clipped.ts';

/** `x · scale_ + min_`, clipped to `feature_range` if the parameter says so; NaN passes. */
export const minMaxScaler: Converter = {
  transform(estimator, features, { graph }) {
    const { values: scale } = estimator.get('scale_').numbersOfShape(features.width);
    const { values: offset } = estimator.get('min_').numbersOfShape(features.width);
    const scaled = graph.op('Mul', features.matrix(), graph.reals(scale));
    const value = graph.op('Add', scaled, graph.reals(offset));
    if (!(estimator.find('clip')?.boolean() ?? false)) return features.mapped(value);
    const [low, high] = estimator.get('feature_range').numbersOfShape(2).values;
    return features.mapped(clipped(graph, value, low as number, high as number));
  },
};
