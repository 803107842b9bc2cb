import type { Converter } from '../../converter.ts';
import { boosterInputs } from './xgboost-columns.ts';
import { XGBOOST_LIMITS } from './xgboost-limits.ts';
import { xgboostMargins } from './xgboost-margins.ts';
import { xgboostModel } from './xgboost-model.ts';
import { answers } from './xgboost-objective.ts';

/** `Booster.predict`: one number for each row, or one for each class or target, as the objective says. */
export const xgbBooster: Converter = {
  predict(booster, features, { graph }) {
    const model = xgboostModel(booster);
    const margins = xgboostMargins(model, features, graph, { stopsAtBest: false, isInPlace: false });
    const values = answers(graph, margins, model.objective);
    const targets = model.objective.link === 'largest' ? 1 : model.groups;
    return { kind: 'regressor', values: graph.castReal(values), targets };
  },
  inputs: boosterInputs,
  limits: XGBOOST_LIMITS,
};
