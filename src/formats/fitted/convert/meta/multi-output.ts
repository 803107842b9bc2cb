import { GatewayError } from '../../../../errors.ts';
import type { Converter } from '../converter.ts';
import { beside } from '../response.ts';
import { classifierOf } from './encoded-labels.ts';
import { fittedParts } from './fitted-parts.ts';

/** One classifier for each target. */
export const multiOutputClassifier: Converter = {
  predict(estimator, features, scope) {
    const outputs = fittedParts(estimator).map((part) => classifierOf(scope.predict(part, features), part));
    return { kind: 'multi-output', outputs };
  },
};

/** One regressor for each target. */
export const multiOutputRegressor: Converter = {
  predict(estimator, features, scope) {
    const values = fittedParts(estimator).map((part) => {
      const prediction = scope.predict(part, features);
      if (prediction.kind === 'regressor' && prediction.targets === 1) return prediction.values;
      throw new GatewayError(
        'UNSUPPORTED_MODEL',
        `${part.label} is used where a regressor of one target is needed`,
      );
    });
    return { kind: 'regressor', values: beside(scope.graph, values), targets: values.length };
  },
};
