import type { Converter } from '../../converter.ts';
import { textPositions } from './encoded-columns.ts';
import { boosterAnswers } from './lgbm-booster.ts';
import { boosterInputs } from './lightgbm-columns.ts';
import { handleOf } from './lightgbm-model.ts';

/** `LGBMRegressor` and `LGBMRanker`: what their Booster answers, up to the best iteration. */
export const lgbmRegressor: Converter = {
  predict: (estimator, features, { graph }) => boosterAnswers(estimator.get('_Booster'), features, graph),
  inputs: (estimator) => boosterInputs(estimator.get('_Booster')),
  textColumns: (estimator) => textPositions(handleOf(estimator.get('_Booster'))),
  limits: 'linear trees',
};
