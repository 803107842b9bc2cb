import type { Converter } from '../converter.ts';
import { clipped } from './clipped.ts';

/** `x / scale_`, clipped to [−1, 1] if the parameter (of scikit-learn 1.8) says so; NaN passes. */
export const maxAbsScaler: Converter = {
  transform(estimator, features, { graph }) {
    const { values } = estimator.get('scale_').numbersOfShape(features.width);
    const value = graph.op('Div', features.matrix(), graph.reals(values));
    const isClipped = estimator.find('clip')?.boolean() ?? false;
    return features.mapped(isClipped ? clipped(graph, value, -1, 1) : value);
  },
};
