import type { Family } from '../../converter.ts';
import { lgbmBooster } from './lgbm-booster.ts';
import { lgbmClassifier } from './lgbm-classifier.ts';
import { lgbmRegressor } from './lgbm-regressor.ts';

export const lightgbmFamily: Family = {
  name: 'gradient boosting',
  library: 'lightgbm',
  tolerance: 1e-12,
  converters: {
    Booster: lgbmBooster,
    LGBMClassifier: lgbmClassifier,
    LGBMRegressor: lgbmRegressor,
    LGBMRanker: lgbmRegressor,
    LGBMModel: lgbmRegressor,
  },
};
