import { GatewayError } from '../../../../errors.ts';
import type { Stored } from '../../values/stored.ts';
import type { Family } from '../converter.ts';
import { selectFromModel } from './select-from-model.ts';
import { predictingSelector, selector } from './selector.ts';
import { takesMissing } from './takes-missing.ts';
import {
  bestMask,
  falseDiscoveryMask,
  falsePositiveMask,
  familyWiseMask,
  type Mask,
  percentileMask,
} from './univariate-mask.ts';

const never = () => false;
const always = () => true;

export const selectionFamily: Family = {
  name: 'selectors of columns',
  library: 'sklearn',
  tolerance: 1e-12,
  converters: {
    SelectKBest: selector((estimator) => bestMask(estimator, estimator.get('k')), never),
    SelectPercentile: selector((estimator) => percentileMask(estimator, estimator.get('percentile')), never),
    SelectFpr: selector((estimator) => falsePositiveMask(estimator, estimator.get('alpha')), never),
    SelectFdr: selector((estimator) => falseDiscoveryMask(estimator, estimator.get('alpha')), never),
    SelectFwe: selector((estimator) => familyWiseMask(estimator, estimator.get('alpha')), never),
    GenericUnivariateSelect: selector(genericMask, never),
    VarianceThreshold: selector(varianceMask, always),
    RFE: predictingSelector(supportMask, (estimator) => takesMissing(estimator.get('estimator'))),
    RFECV: predictingSelector(supportMask, (estimator) => takesMissing(estimator.get('estimator'))),
    SequentialFeatureSelector: selector(supportMask, (estimator) => takesMissing(estimator.get('estimator'))),
    SelectFromModel: selectFromModel,
  },
};

const MODES: Readonly<Record<string, (estimator: Stored, parameter: Stored) => Mask>> = {
  percentile: percentileMask,
  k_best: bestMask,
  fpr: falsePositiveMask,
  fdr: falseDiscoveryMask,
  fwe: familyWiseMask,
};

function genericMask(estimator: Stored): Mask {
  const mode = estimator.get('mode');
  const name = mode.text();
  const maskOf = Object.hasOwn(MODES, name) ? MODES[name] : undefined;
  if (maskOf !== undefined) return maskOf(estimator, estimator.get('param'));
  throw new GatewayError('INVALID_MODEL', `${mode.path} is "${name}", which is not known here`);
}

function varianceMask(estimator: Stored): Mask {
  const limit = estimator.get('threshold').number();
  return Array.from(estimator.get('variances_').numbersOfShape(-1).values, (variance) => variance > limit);
}

function supportMask(estimator: Stored): Mask {
  return Array.from(estimator.get('support_').numbersOfShape(-1).values, (flag) => flag !== 0);
}
