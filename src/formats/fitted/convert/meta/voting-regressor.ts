import { GatewayError } from '../../../../errors.ts';
import type { GraphValue } from '../../graph/graph-builder.ts';
import type { Stored } from '../../values/stored.ts';
import type { Converter, Scope } from '../converter.ts';
import { Features } from '../features.ts';
import { beside } from '../response.ts';
import { fittedParts } from './fitted-parts.ts';
import { weightedMean, weightsOf } from './weighted-mean.ts';

/** Mean of what its regressors say; `transform` gives what each says. */
export const votingRegressor: Converter = {
  predict(estimator, features, scope) {
    const values = valuesOf(estimator, features, scope);
    const weights = weightsOf(estimator, values.length);
    return { kind: 'regressor', values: weightedMean(scope.graph, values, weights), targets: 1 };
  },
  transform(estimator, features, scope) {
    const values = valuesOf(estimator, features, scope);
    return Features.made(scope.graph, beside(scope.graph, values), values.length);
  },
};

function valuesOf(estimator: Stored, features: Features, scope: Scope): GraphValue[] {
  return fittedParts(estimator).map((part) => {
    const prediction = scope.predict(part, features);
    if (prediction.kind === 'regressor' && prediction.targets === 1) return prediction.values;
    throw new GatewayError(
      'UNSUPPORTED_MODEL',
      `${part.label} is used where a regressor of one target is needed`,
    );
  });
}
