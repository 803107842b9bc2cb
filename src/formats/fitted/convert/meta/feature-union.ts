import { GatewayError } from '../../../../errors.ts';
import type { Stored } from '../../values/stored.ts';
import type { Converter } from '../converter.ts';
import { Features } from '../features.ts';
import { weighted } from './weighted.ts';

/** All transformers on all columns; their results side by side. */
export const featureUnion: Converter = {
  textColumns: (estimator, ask) =>
    new Set(
      partsOf(estimator).flatMap(({ transformer }) =>
        isEstimator(transformer) ? [...ask(transformer)] : [],
      ),
    ),
  transform(estimator, features, scope) {
    const parts = partsOf(estimator).map(({ name, transformer }) => {
      const result = isEstimator(transformer) ? scope.transform(transformer, features) : features;
      return weighted(estimator, name, result, scope);
    });
    return Features.beside(scope.graph, parts);
  },
};

/** Without those that are dropped. */
function partsOf(estimator: Stored): { readonly name: string; readonly transformer: Stored }[] {
  return estimator
    .get('transformer_list')
    .items()
    .map((entry) => {
      const [name, transformer] = entry.items();
      if (name === undefined || transformer === undefined)
        throw new GatewayError('INVALID_MODEL', `${entry.path} is no transformer with its name`);
      return { name: name.text(), transformer };
    })
    .filter(({ transformer }) => transformer.value !== 'drop' && !transformer.isNone);
}

function isEstimator(transformer: Stored): boolean {
  return transformer.value !== 'passthrough';
}
