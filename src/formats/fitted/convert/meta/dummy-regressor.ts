import { constantRows } from '../constant-rows.ts';
import type { Converter } from '../converter.ts';

/** The same numbers for every row. */
export const dummyRegressor: Converter = {
  predict(estimator, features, scope) {
    const { values } = estimator.get('constant_').numbersOfShape(1, -1);
    const row = scope.graph.reals(values);
    return {
      kind: 'regressor',
      values: constantRows(scope.graph, features, row, values.length),
      targets: values.length,
    };
  },
};
