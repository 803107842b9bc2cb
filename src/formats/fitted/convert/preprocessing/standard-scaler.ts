import type { Converter } from '../converter.ts';

/** `(x − mean_) / scale_`, each if the parameter says so; NaN passes. */
export const standardScaler: Converter = {
  transform(estimator, features, { graph }) {
    let value = features.matrix();
    if (estimator.get('with_mean').boolean()) {
      const { values } = estimator.get('mean_').numbersOfShape(features.width);
      value = graph.op('Sub', value, graph.reals(values));
    }
    if (estimator.get('with_std').boolean()) {
      const { values } = estimator.get('scale_').numbersOfShape(features.width);
      value = graph.op('Div', value, graph.reals(values));
    }
    return features.mapped(value);
  },
};
