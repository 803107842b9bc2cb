import { GatewayError } from '../../../../../errors.ts';
import type { GraphBuilder, GraphValue } from '../../../graph/graph-builder.ts';
import type { Stored } from '../../../values/stored.ts';
import { classesOf } from '../../classes.ts';
import type { Converter } from '../../converter.ts';
import type { Classes, Classification, Prediction } from '../../prediction.ts';
import { firstMaximum } from '../../scores.ts';
import { floatSoftmax } from './float-links.ts';
import { boosterInputs, withMissing } from './xgboost-columns.ts';
import { XGBOOST_LIMITS } from './xgboost-limits.ts';
import { xgboostMargins } from './xgboost-margins.ts';
import { type XgboostModel, xgboostModel } from './xgboost-model.ts';
import { answers } from './xgboost-objective.ts';

/**
 * `XGBClassifier` and `XGBRFClassifier`. The labels are 0 to K − 1: since 1.6 they cannot be trained on others, before they hold
 * an encoder of labels.
 */
export const xgbClassifier: Converter = {
  predict(estimator, features, { graph }) {
    const model = xgboostModel(estimator.get('_Booster'));
    const options = { stopsAtBest: true, isInPlace: true };
    const margins = xgboostMargins(model, withMissing(estimator, features, graph), graph, options);
    const count = estimator.find('n_classes_')?.integer() ?? Math.max(2, model.classes);
    const values = answers(graph, margins, model.objective);
    if (model.objective.link === 'largest') return ofSoftmax(estimator, graph, margins, model);
    if (model.groups === 1) return ofTwo(estimator, graph, values);
    if (count === 2) return ofLabels(graph, values, model.groups);
    if (count !== model.groups) {
      throw new GatewayError(
        'INVALID_MODEL',
        `${estimator.label} has ${count} classes and trees for ${model.groups}`,
      );
    }
    return {
      kind: 'classifier',
      classes: labelsOf(estimator, count),
      index: firstMaximum(graph, values),
      probabilities: graph.castReal(values),
      decision: null,
    };
  },
  inputs: (estimator) => boosterInputs(estimator.get('_Booster')),
  limits: XGBOOST_LIMITS,
};

/** `multi:softmax` answers the class itself; its probabilities are calculated from the margins. */
function ofSoftmax(
  estimator: Stored,
  graph: GraphBuilder,
  margins: GraphValue,
  { groups }: XgboostModel,
): Classification {
  return {
    kind: 'classifier',
    classes: labelsOf(estimator, groups),
    index: firstMaximum(graph, margins),
    probabilities: graph.castReal(floatSoftmax(graph, margins)),
    decision: null,
  };
}

/** The Booster answers one number, whatever its objective: above ½ it is the second class. */
function ofTwo(estimator: Stored, graph: GraphBuilder, second: GraphValue): Classification {
  const isSecond = graph.cast(graph.op('Greater', second, graph.floats([0.5], [])), 'int64');
  const first = graph.op('Sub', graph.floats([1], []), second);
  const both = graph.node('Concat', [first, second], { attributes: { axis: { integer: 1 } } });
  return {
    kind: 'classifier',
    classes: labelsOf(estimator, 2),
    index: graph.op('Squeeze', isSecond, graph.int64s([1])),
    probabilities: graph.castReal(both),
    decision: null,
  };
}

/** Trained on several labels of which each holds or not. */
function ofLabels(graph: GraphBuilder, values: GraphValue, labels: number): Prediction {
  return {
    kind: 'multi-label',
    labels,
    indicators: graph.cast(graph.op('Greater', values, graph.floats([0.5], [])), 'int64'),
    probabilities: graph.castReal(values),
  };
}

function labelsOf(estimator: Stored, count: number): Classes {
  const encoder = estimator.find('_le');
  if (encoder === null)
    return { type: 'int64', values: Array.from({ length: count }, (_, at) => BigInt(at)) };
  const classes = classesOf(encoder.get('classes_'));
  if (classes.values.length === count) return classes;
  throw new GatewayError(
    'INVALID_MODEL',
    `${encoder.path} has ${classes.values.length} labels for ${count} classes`,
  );
}
