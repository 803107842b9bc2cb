import type { GraphBuilder } from '../../../graph/graph-builder.ts';
import type { Stored } from '../../../values/stored.ts';
import type { EstimatorInputs } from '../../estimator-inputs.ts';
import type { Features } from '../../features.ts';
import { integerText } from './xgboost-model.ts';

/** The columns that a Booster was trained on. */
export function boosterInputs(booster: Stored): EstimatorInputs {
  const learner = booster.get('handle').get('learner');
  const names = learner.has('feature_names') ? learner.get('feature_names').items() : [];
  return {
    width: integerText(learner.get('learner_model_param'), 'num_feature'),
    names: names.length === 0 ? null : names.map((name) => name.text()),
  };
}

/** The value that stands for a missing one (`missing`), besides NaN, becomes NaN; XGBoost compares in single precision. */
export function withMissing(estimator: Stored, features: Features, graph: GraphBuilder): Features {
  const missing = estimator.find('missing')?.number() ?? Number.NaN;
  if (Number.isNaN(missing)) return features;
  const matrix = features.matrix();
  const isMissing = graph.op('Equal', graph.cast(matrix, 'float'), graph.floats([missing], []));
  return features.mapped(graph.op('Where', isMissing, graph.real(Number.NaN), matrix));
}
