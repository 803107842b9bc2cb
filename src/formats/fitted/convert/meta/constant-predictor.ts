import { GatewayError } from '../../../../errors.ts';
import { constantIndex, constantRows } from '../constant-rows.ts';
import type { Converter } from '../converter.ts';

/** Stands in one-vs-rest for a label that every training row had, or none (0; in a code of decisions −1). */
export const constantPredictor: Converter = {
  predict(estimator, features, scope) {
    const { graph } = scope;
    const value = estimator.get('y_').numbersOfShape(1).values[0] as number;
    if (![-1, 0, 1].includes(value))
      throw new GatewayError('INVALID_MODEL', `${estimator.get('y_').path} is neither 0 nor 1`);
    return {
      kind: 'classifier',
      classes: { type: 'int64', values: [0n, 1n] },
      index: constantIndex(graph, features, value === 0 ? 0 : 1),
      probabilities: constantRows(graph, features, graph.reals([1 - value, value]), 2),
      decision: constantRows(graph, features, graph.reals([value]), 1),
    };
  },
};
