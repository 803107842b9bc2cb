import { GatewayError } from '../../../../errors.ts';
import type { Stored } from '../../values/stored.ts';
import type { Converter, Scope } from '../converter.ts';
import type { Features } from '../features.ts';
import type { Mask } from './univariate-mask.ts';

/** Keeps the columns of a mask; refuses NaN unless `takesNaN` says that scikit-learn passes it on. */
export function selector(
  maskOf: (estimator: Stored) => Mask,
  takesNaN: (estimator: Stored) => boolean,
): Converter {
  return {
    transform: (estimator, features, scope) => selected(estimator, features, scope, { maskOf, takesNaN }),
  };
}

/** As `selector`, whose estimator also predicts from the columns that are kept. */
export function predictingSelector(
  maskOf: (estimator: Stored) => Mask,
  takesNaN: (estimator: Stored) => boolean,
): Converter {
  const rules = { maskOf, takesNaN };
  return {
    canPredict: (estimator, ask) => ask(estimator.get('estimator_')),
    predict: (estimator, features, scope) =>
      scope.predict(estimator.get('estimator_'), selected(estimator, features, scope, rules)),
    transform: (estimator, features, scope) => selected(estimator, features, scope, rules),
  };
}

interface SelectorRules {
  readonly maskOf: (estimator: Stored) => Mask;
  readonly takesNaN: (estimator: Stored) => boolean;
}

function selected(
  estimator: Stored,
  features: Features,
  scope: Scope,
  { maskOf, takesNaN }: SelectorRules,
): Features {
  const mask = maskOf(estimator);
  if (mask.length !== features.width) {
    throw new GatewayError(
      'INVALID_MODEL',
      `${estimator.label} selects among ${mask.length} columns and gets ${features.width}`,
    );
  }
  if (!takesNaN(estimator)) scope.refuseNaN(features);
  return features.select([...mask.keys()].filter((at) => mask[at]));
}
