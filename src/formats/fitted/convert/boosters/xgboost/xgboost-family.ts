import type { Family } from '../../converter.ts';
import { xgbBooster } from './xgb-booster.ts';
import { xgbClassifier } from './xgb-classifier.ts';
import { xgbRegressor } from './xgb-regressor.ts';

/**
 * XGBoost calculates in single precision, which holds 7 digits: its own answers are met to the last of them, but for what the C
 * library rounds otherwise.
 */
export const xgboostFamily: Family = {
  name: 'gradient boosting',
  library: 'xgboost',
  tolerance: 2.5e-7,
  converters: {
    Booster: xgbBooster,
    XGBClassifier: xgbClassifier,
    XGBRFClassifier: xgbClassifier,
    XGBRegressor: xgbRegressor,
    XGBRFRegressor: xgbRegressor,
    XGBRanker: xgbRegressor,
    XGBModel: xgbRegressor,
  },
};
