import type { Converter } from '../converter.ts';
import { outlierLabel } from '../scores.ts';
import { linearProduct } from './linear-scores.ts';

/** SGDOneClassSVM: an outlier where `x · coef_` is below `offset_`. */
export const sgdOneClassSvm: Converter = {
  predict(estimator, features, scope) {
    scope.refuseNaN(features);
    const { graph } = scope;
    const { value } = linearProduct(estimator, features, graph);
    const { values } = estimator.get('offset_').numbersOfShape(1);
    const decision = graph.op('Sub', value, graph.reals(values));
    return { kind: 'outliers', label: outlierLabel(graph, decision), decision };
  },
};
