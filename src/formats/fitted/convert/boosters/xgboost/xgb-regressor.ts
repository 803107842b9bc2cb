import type { Converter } from '../../converter.ts';
import { boosterInputs, withMissing } from './xgboost-columns.ts';
import { XGBOOST_LIMITS } from './xgboost-limits.ts';
import { xgboostMargins } from './xgboost-margins.ts';
import { xgboostModel } from './xgboost-model.ts';
import { answers } from './xgboost-objective.ts';

/** `XGBRegressor`, `XGBRFRegressor` and `XGBRanker`: the Booster's answer, up to the best iteration. */
export const xgbRegressor: Converter = {
  predict(estimator, features, { graph }) {
    const model = xgboostModel(estimator.get('_Booster'));
    const options = { stopsAtBest: true, isInPlace: true };
    const margins = xgboostMargins(model, withMissing(estimator, features, graph), graph, options);
    const values = answers(graph, margins, model.objective);
    const targets = model.objective.link === 'largest' ? 1 : model.groups;
    return { kind: 'regressor', values: graph.castReal(values), targets };
  },
  inputs: (estimator) => boosterInputs(estimator.get('_Booster')),
  limits: XGBOOST_LIMITS,
};
