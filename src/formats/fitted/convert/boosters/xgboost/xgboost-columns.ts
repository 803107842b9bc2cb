import { GatewayError } from '../../../../../errors.ts';
import type { GraphBuilder } from '../../../graph/graph-builder.ts';
import type { Stored } from '../../../values/stored.ts';
import type { EstimatorInputs } from '../../estimator-inputs.ts';
import { EXPORT_INSTEAD } from '../../export-instead.ts';
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

/**
 * Categories are numbers from 0 on. Since 3.1 a model that was trained on pandas' categories of other values keeps these
 * (`cats`): XGBoost takes them from a data frame of categories, which no request is, and numbers from anything else.
 *
 * @param state the part of a Booster's state that holds the trees.
 * @throws GatewayError UNSUPPORTED_MODEL for texts, and for numbers that could be meant either way.
 */
export function checkCategories(state: Stored, features: Features): void {
  const encoders = state.find('cats')?.find('enc');
  for (const [column, encoder] of (encoders?.items() ?? []).entries()) {
    if (encoder.has('offsets')) continue;
    const { values } = encoder.get('values').numbers();
    if (values.every((value, code) => value === code)) continue;
    throw new GatewayError(
      'UNSUPPORTED_MODEL',
      `${encoder.path}: column ${column} was trained on pandas' categories of numbers that are not 0, 1, 2, …, so that a number of a request could be a category or its position; train it on the positions`,
    );
  }
  if (!features.hasText) return;
  throw new GatewayError(
    'UNSUPPORTED_MODEL',
    `${state.path} was trained on categories, which XGBoost knows as numbers, and the signature has columns of text: train it on numbers, in a pipeline with an OrdinalEncoder for instance, or ${EXPORT_INSTEAD}`,
  );
}
