import { GatewayError } from '../../../../errors.ts';
import type { Stored } from '../../values/stored.ts';
import type { Converter } from '../converter.ts';
import { linearScores } from './linear-scores.ts';

/** PoissonRegressor and GammaRegressor: the exponential of the linear prediction. */
export const logLinkRegressor: Converter = regressorWithLink(() => true);

/** TweedieRegressor: its `link` says whether the exponential is taken; `"auto"` by the power. */
export const tweedieRegressor: Converter = regressorWithLink(hasLogLink);

function regressorWithLink(isExponential: (estimator: Stored) => boolean): Converter {
  return {
    predict(estimator, features, scope) {
      scope.refuseNaN(features);
      const { graph } = scope;
      const { value, count } = linearScores(estimator, features, graph);
      const values = isExponential(estimator) ? graph.op('Exp', value) : value;
      return { kind: 'regressor', values, targets: count };
    },
  };
}

function hasLogLink(estimator: Stored): boolean {
  const link = estimator.get('link').text();
  if (link === 'auto') return estimator.get('power').number() > 0;
  if (link === 'log' || link === 'identity') return link === 'log';
  throw new GatewayError('INVALID_MODEL', `${estimator.label} has the unknown link "${link}"`);
}
