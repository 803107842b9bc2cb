import type { Stored } from '../../values/stored.ts';
import type { Converter } from '../converter.ts';

/** An estimator that answers as a part of it does. */
export function delegate(partOf: (estimator: Stored) => Stored): Converter {
  return {
    predict: (estimator, features, scope) => scope.predict(partOf(estimator), features),
    transform: (estimator, features, scope) => scope.transform(partOf(estimator), features),
    canPredict: (estimator, ask) => ask(partOf(estimator)),
  };
}
