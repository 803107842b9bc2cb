import { GatewayError } from '../../../../errors.ts';
import type { Stored } from '../../values/stored.ts';
import { classesOf } from '../classes.ts';
import type { Converter, Scope } from '../converter.ts';
import { Features } from '../features.ts';
import type { MultiLabel, Prediction } from '../prediction.ts';
import { beside, column, type Response, responseMethod, responseOf, responsesOf } from '../response.ts';
import { onEncodedLabels } from './encoded-labels.ts';
import { fittedParts } from './fitted-parts.ts';

/** What its regressors say, and the columns themselves if they pass through, are the columns of a last regressor. */
export const stackingRegressor: Converter = {
  predict: (estimator, features, scope) =>
    scope.predict(estimator.get('final_estimator_'), stacked(estimator, features, scope)),
  transform: (estimator, features, scope) => stacked(estimator, features, scope),
};

/** As `stackingRegressor`, of classifiers; its parts were fitted on the positions of the labels. */
export const stackingClassifier: Converter = {
  predict(estimator, features, scope) {
    const last = estimator.get('final_estimator_');
    const prediction = scope.predict(last, stacked(estimator, features, scope));
    const labels = estimator.get('classes_');
    if (hasSeveralTargets(labels)) return multiLabel(prediction, labels.items().length, last, scope);
    return onEncodedLabels(prediction, classesOf(labels), last);
  },
  transform: (estimator, features, scope) => stacked(estimator, features, scope),
};

function hasSeveralTargets(classes: Stored): boolean {
  return classes.isList && classes.items()[0]?.isList === true;
}

function stacked(estimator: Stored, features: Features, scope: Scope): Features {
  const { graph } = scope;
  const parts = fittedParts(estimator);
  const methods = estimator.get('stack_method_').items();
  if (methods.length !== parts.length) {
    throw new GatewayError(
      'INVALID_MODEL',
      `${estimator.label} has ${parts.length} estimators and ${methods.length} methods`,
    );
  }
  // As scikit-learn counts: of several targets it counts the targets.
  const isBinary = estimator.has('classes_') && estimator.get('classes_').items().length === 2;
  const columns = parts.flatMap((part, at) => {
    const method = responseMethod(methods[at] as Stored);
    const responses = responsesOf(graph, scope.predict(part, features), method, part);
    const dropsFirst = responses.length > 1 || (method === 'predict_proba' && isBinary);
    return responses.map((response) => (dropsFirst ? withoutFirst(response, scope) : response));
  });
  const made = columns.map(({ value, width }) => Features.made(graph, value, width));
  return Features.beside(graph, estimator.get('passthrough').boolean() ? [...made, features] : made);
}

function withoutFirst({ value, width }: Response, { graph }: Scope): Response {
  if (width === 2) return { value: column(graph, value, 1), width: 1 };
  const others = graph.int64s(Array.from({ length: width - 1 }, (_, at) => at + 1));
  return {
    value: graph.node('Gather', [value, others], { attributes: { axis: { integer: 1 } } }),
    width: width - 1,
  };
}

/** Of several targets scikit-learn gives the probability of the first class of each, not of the second. */
function multiLabel(prediction: Prediction, labels: number, last: Stored, scope: Scope): MultiLabel {
  const { graph } = scope;
  const answer = responseOf(graph, prediction, 'predict', last);
  if (answer.width !== labels) {
    throw new GatewayError('INVALID_MODEL', `${last.label} has ${answer.width} targets instead of ${labels}`);
  }
  const indicators = graph.cast(answer.value, 'int64');
  if (prediction.kind !== 'multi-output')
    return { kind: 'multi-label', labels, indicators, probabilities: null };
  const each = prediction.outputs.map(({ probabilities }) => probabilities);
  const probabilities = each.every((value) => value !== null)
    ? beside(
        graph,
        each.map((value) => column(graph, value, 0)),
      )
    : null;
  return { kind: 'multi-label', labels, indicators, probabilities };
}
