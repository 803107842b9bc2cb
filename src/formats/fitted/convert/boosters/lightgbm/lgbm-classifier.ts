import { GatewayError } from '../../../../../errors.ts';
import type { Stored } from '../../../values/stored.ts';
import { classCount, classesOf } from '../../classes.ts';
import type { Converter } from '../../converter.ts';
import { EXPORT_INSTEAD } from '../../export-instead.ts';
import { firstMaximum, twoColumns } from '../../scores.ts';
import { textPositions } from './encoded-columns.ts';
import { boosterInputs } from './lightgbm-columns.ts';
import { handleOf, lightgbmModel } from './lightgbm-model.ts';
import { lightgbmAnswers } from './lightgbm-objective.ts';
import { lightgbmScores } from './lightgbm-scores.ts';

/** `LGBMClassifier`: the label of the largest probability. Probabilities of one-vs-rest need not add up to 1. */
export const lgbmClassifier: Converter = {
  predict(estimator, features, { graph }) {
    const objective = estimator.find('_objective');
    if (objective !== null && typeof objective.value !== 'string') {
      throw new GatewayError(
        'UNSUPPORTED_MODEL',
        `${estimator.label} was trained with an objective of its own code, so that it answers raw scores instead of classes; ${EXPORT_INSTEAD}`,
      );
    }
    const model = lightgbmModel(estimator.get('_Booster'));
    const classes = classesOf(estimator.get('_classes'));
    const count = classCount(classes);
    if (model.groups === 1 ? count > 2 : count !== model.groups) {
      throw new GatewayError(
        'INVALID_MODEL',
        `${estimator.label} has ${count} classes and ${model.groups} scores`,
      );
    }
    const { raw, scores } = lightgbmScores(model, features, graph);
    const values = lightgbmAnswers(graph, scores, model.objective);
    const probabilities = model.groups === 1 ? twoColumns(graph, values) : values;
    return {
      kind: 'classifier',
      classes,
      index: firstMaximum(graph, probabilities),
      probabilities,
      decision: hasDecision(estimator) && !(count === 2 && model.groups === 2) ? raw : null,
    };
  },
  inputs: (estimator) => boosterInputs(estimator.get('_Booster')),
  textColumns: (estimator) => textPositions(handleOf(estimator.get('_Booster'))),
  limits: 'linear trees',
};

/** `decision_function` came with 4.7, and so did this attribute; calibration takes it where it is. */
function hasDecision(estimator: Stored): boolean {
  return estimator.has('_fitted_with_feature_names');
}
