import type { GraphBuilder } from '../../../graph/graph-builder.ts';
import type { Stored } from '../../../values/stored.ts';
import type { Converter } from '../../converter.ts';
import type { Features } from '../../features.ts';
import type { Regression } from '../../prediction.ts';
import { textPositions } from './encoded-columns.ts';
import { boosterInputs } from './lightgbm-columns.ts';
import { handleOf, lightgbmModel } from './lightgbm-model.ts';
import { lightgbmAnswers } from './lightgbm-objective.ts';
import { lightgbmScores } from './lightgbm-scores.ts';

/** `Booster.predict`: one number for each row, or one for each class, as the objective says. */
export const lgbmBooster: Converter = {
  predict: (booster, features, { graph }) => boosterAnswers(booster, features, graph),
  inputs: boosterInputs,
  textColumns: (booster) => textPositions(handleOf(booster)),
  limits: 'linear trees',
};

export function boosterAnswers(booster: Stored, features: Features, graph: GraphBuilder): Regression {
  const model = lightgbmModel(booster);
  const { scores } = lightgbmScores(model, features, graph);
  const values = lightgbmAnswers(graph, scores, model.objective);
  return { kind: 'regressor', values, targets: model.groups };
}
