import type { Converter } from '../converter.ts';

/** `(x − center_) / scale_`, each if the parameter says so; NaN passes. */
export const robustScaler: Converter = {
  transform(estimator, features, { graph }) {
    let value = features.matrix();
    if (estimator.get('with_centering').boolean()) {
      const { values } = estimator.get('center_').numbersOfShape(features.width);
      value = graph.op('Sub', value, graph.reals(values));
    }
    if (estimator.get('with_scaling').boolean()) {
      const { values } = estimator.get('scale_').numbersOfShape(features.width);
      value = graph.op('Div', value, graph.reals(values));
    }
    return features.mapped(value);
  },
};
