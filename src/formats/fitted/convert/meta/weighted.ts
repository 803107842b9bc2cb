import type { Stored } from '../../values/stored.ts';
import type { Scope } from '../converter.ts';
import type { Features } from '../features.ts';

/** A transformer's result times its entry in `transformer_weights`, if it has one. */
export function weighted(estimator: Stored, name: string, features: Features, { graph }: Scope): Features {
  const weight = estimator
    .find('transformer_weights')
    ?.entries()
    .find(({ key }) => key.value === name)?.value;
  if (weight === undefined || weight.isNone) return features;
  return features.mapped(graph.op('Mul', features.matrix(), graph.real(weight.number())));
}
