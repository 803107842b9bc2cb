import type { Stored } from '../../../values/stored.ts';
import type { EstimatorInputs } from '../../estimator-inputs.ts';
import { handleOf, widthOf } from './lightgbm-model.ts';

/** LightGBM makes these up for columns without a name. */
const MADE_UP = /^Column_\d+$/;

/**
 * The columns that a Booster was trained on. It takes the columns of a data frame in their order and does not look at their
 * names, in which it has changed characters.
 */
export function boosterInputs(booster: Stored): EstimatorInputs {
  const handle = handleOf(booster);
  const width = widthOf(handle);
  const names = handle.has('feature_names') ? handle.get('feature_names').text().split(' ') : [];
  const isNamed = names.length === width && !names.every((name) => MADE_UP.test(name));
  return { width, names: isNamed ? names : null, isByPosition: true };
}
