import { GatewayError } from '../../../../errors.ts';
import type { Stored } from '../../values/stored.ts';
import type { Converter, Scope } from '../converter.ts';
import type { Features } from '../features.ts';

/** Step after step; `None` and `"passthrough"` are no steps. */
export const pipeline: Converter = {
  predict(estimator, features, scope) {
    const steps = stepsOf(estimator);
    const last = steps.at(-1);
    if (last === undefined)
      throw new GatewayError('UNSUPPORTED_MODEL', `${estimator.label} has no step that predicts`);
    return scope.predict(last, transformed(steps.slice(0, -1), features, scope));
  },
  canPredict: (estimator, ask) => {
    const last = stepsOf(estimator).at(-1);
    return last !== undefined && ask(last);
  },
  transform: (estimator, features, scope) => transformed(stepsOf(estimator), features, scope),
};

/** The fitted steps, in order. */
export function stepsOf(estimator: Stored): Stored[] {
  return estimator
    .get('steps')
    .items()
    .map((step) => step.items()[1] as Stored)
    .filter((step) => !step.isNone && step.value !== 'passthrough');
}

function transformed(steps: readonly Stored[], features: Features, scope: Scope): Features {
  return steps.reduce((columns, step) => scope.transform(step, columns), features);
}
