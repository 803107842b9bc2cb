import { GatewayError } from '../../../../errors.ts';
import type { Stored } from '../../values/stored.ts';
import { classCount } from '../classes.ts';
import type { Classes, Classification, Prediction } from '../prediction.ts';

/**
 * A classifier inside one that encoded the labels before it fitted it: its labels are positions in the outer one's.
 *
 * @throws GatewayError UNSUPPORTED_MODEL if they are not 0 … classes − 1, e.g. of an estimator that was fitted before.
 */
export function onEncodedLabels(prediction: Prediction, classes: Classes, part: Stored): Classification {
  if (prediction.kind !== 'classifier') throw noClassifier(part);
  const own = prediction.classes;
  const isEncoded =
    own.type !== 'string' &&
    classCount(own) === classCount(classes) &&
    own.values.every((value, position) => Number(value) === position);
  if (isEncoded) return { ...prediction, classes };
  throw new GatewayError(
    'UNSUPPORTED_MODEL',
    `${part.label} was fitted on other labels than 0 to ${classCount(classes) - 1}, in an estimator that encodes its labels so`,
  );
}

/** @throws GatewayError UNSUPPORTED_MODEL if it predicts something else than one label. */
export function classifierOf(prediction: Prediction, part: Stored): Classification {
  if (prediction.kind !== 'classifier') throw noClassifier(part);
  return prediction;
}

function noClassifier(part: Stored): GatewayError {
  return new GatewayError(
    'UNSUPPORTED_MODEL',
    `${part.label} is used where a classifier of one target is needed`,
  );
}
