import { GatewayError } from '../../../../errors.ts';
import { classCount, classesOf } from '../classes.ts';
import type { Converter } from '../converter.ts';
import { firstMaximum, twoColumns } from '../scores.ts';
import { forwardPass } from './forward-pass.ts';

export const mlpRegressor: Converter = {
  predict(estimator, features, scope) {
    scope.refuseNaN(features);
    const { value, outputs } = forwardPass(estimator, features, scope.graph);
    return { kind: 'regressor', values: value, targets: outputs };
  },
};

/** Two classes have one output and several have one each; so have several labels, which are independent. */
export const mlpClassifier: Converter = {
  predict(estimator, features, scope) {
    scope.refuseNaN(features);
    const { graph } = scope;
    const { value, outputs } = forwardPass(estimator, features, graph);
    const isHalf = graph.op('Greater', value, graph.real(0.5));
    const binarizer = estimator.get('_label_binarizer');
    if (binarizer.get('y_type_').text().startsWith('multilabel')) {
      return {
        kind: 'multi-label',
        labels: outputs,
        indicators: graph.cast(isHalf, 'int64'),
        probabilities: value,
      };
    }
    const classes = classesOf(binarizer.get('classes_'));
    const count = classCount(classes);
    if (outputs !== (count === 2 ? 1 : count)) {
      throw new GatewayError(
        'INVALID_MODEL',
        `${estimator.label} has ${outputs} outputs for ${count} classes`,
      );
    }
    const index =
      count === 2
        ? graph.op('Squeeze', graph.cast(isHalf, 'int64'), graph.int64s([1]))
        : firstMaximum(graph, value);
    const probabilities = count === 2 ? twoColumns(graph, value) : value;
    return { kind: 'classifier', classes, index, probabilities, decision: null };
  },
};
