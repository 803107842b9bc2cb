import { GatewayError } from '../../../errors.ts';
import type { GraphBuilder, GraphValue } from '../graph/graph-builder.ts';
import type { Stored } from '../values/stored.ts';
import { classCount } from './classes.ts';
import type { Classes, Classification, Prediction } from './prediction.ts';

/** Methods by which one estimator asks another. */
export type ResponseMethod = 'predict_proba' | 'predict_log_proba' | 'decision_function' | 'predict';

const METHODS: readonly string[] = ['predict_proba', 'predict_log_proba', 'decision_function', 'predict'];

/** Numbers as one of the methods gives them. */
export interface Response {
  /** `[rows, width]` in the working precision; what the library gives as `[rows]` has one column here. */
  readonly value: GraphValue;
  readonly width: number;
}

/** @throws GatewayError UNSUPPORTED_MODEL if the text is none of the methods. */
export function responseMethod(stored: Stored): ResponseMethod {
  const method = stored.text();
  if (METHODS.includes(method)) return method as ResponseMethod;
  throw new GatewayError('UNSUPPORTED_MODEL', `${stored.path} is the method "${method}", which is not known`);
}

/** The first of the methods that the estimator has, as scikit-learn's `_check_response_method` chooses. */
export function firstResponse(
  prediction: Prediction,
  methods: readonly ResponseMethod[],
  part: Stored,
): ResponseMethod {
  const found = methods.find((method) => hasResponse(prediction, method));
  if (found !== undefined) return found;
  throw new GatewayError('UNSUPPORTED_MODEL', `${part.label} has none of the methods ${methods.join(', ')}`);
}

/** Whether the estimator has the method. */
export function hasResponse(prediction: Prediction, method: ResponseMethod): boolean {
  if (method === 'predict') return true;
  const isProbability = method !== 'decision_function';
  switch (prediction.kind) {
    case 'classifier':
      return (isProbability ? prediction.probabilities : prediction.decision) !== null;
    case 'multi-output':
      return isProbability && prediction.outputs.every(({ probabilities }) => probabilities !== null);
    case 'multi-label':
      return isProbability && prediction.probabilities !== null;
    case 'outliers':
      return !isProbability;
    case 'clusters':
      return isProbability && prediction.scoreName === 'probabilities';
    case 'regressor':
      return false;
  }
}

/**
 * What the method answers, as numbers: one array, or one for each target where `predict_proba` gives a list.
 *
 * @param part the estimator that was asked, for messages.
 * @throws GatewayError UNSUPPORTED_MODEL if it lacks the method, or if its labels are no numbers.
 */
export function responsesOf(
  graph: GraphBuilder,
  prediction: Prediction,
  method: ResponseMethod,
  part: Stored,
): Response[] {
  if (!hasResponse(prediction, method))
    throw new GatewayError('UNSUPPORTED_MODEL', `${part.label} has no ${method}`);
  if (method === 'predict') return [labelsOf(graph, prediction, part)];
  const responses = scoresOf(prediction, method !== 'decision_function');
  if (method !== 'predict_log_proba') return responses;
  return responses.map(({ value, width }) => ({ value: graph.op('Log', value), width }));
}

/** Only where there is one array: @see responsesOf. */
export function responseOf(
  graph: GraphBuilder,
  prediction: Prediction,
  method: ResponseMethod,
  part: Stored,
): Response {
  const [first, ...others] = responsesOf(graph, prediction, method, part);
  if (first !== undefined && others.length === 0) return first;
  throw new GatewayError('UNSUPPORTED_MODEL', `${part.label} has several targets, which is not served here`);
}

/**
 * As scikit-learn's `_get_response_values` does: of two classes only the column of the second.
 *
 * @see responseOf
 */
export function responseValues(
  graph: GraphBuilder,
  prediction: Prediction,
  method: ResponseMethod,
  part: Stored,
): Response {
  const response = responseOf(graph, prediction, method, part);
  if (prediction.kind !== 'classifier' || classCount(prediction.classes) !== 2 || response.width !== 2)
    return response;
  return { value: column(graph, response.value, 1), width: 1 };
}

/** One column of `[rows, columns]`, as `[rows, 1]`. */
export function column(graph: GraphBuilder, value: GraphValue, position: number): GraphValue {
  return graph.node('Gather', [value, graph.int64s([position])], { attributes: { axis: { integer: 1 } } });
}

/** `[rows]` → `[rows, 1]`. */
export function asColumn(graph: GraphBuilder, value: GraphValue): GraphValue {
  return graph.op('Unsqueeze', value, graph.int64s([1]));
}

/** `[rows, 1]` → `[rows]`. */
export function asVector(graph: GraphBuilder, value: GraphValue): GraphValue {
  return graph.op('Squeeze', value, graph.int64s([1]));
}

/** Tensors `[rows, …]` side by side. */
export function beside(graph: GraphBuilder, parts: readonly GraphValue[]): GraphValue {
  const [only, ...others] = parts;
  if (only !== undefined && others.length === 0) return only;
  return graph.node('Concat', parts, { attributes: { axis: { integer: 1 } } });
}

function scoresOf(prediction: Prediction, isProbability: boolean): Response[] {
  switch (prediction.kind) {
    case 'classifier': {
      const value = isProbability ? prediction.probabilities : prediction.decision;
      const classes = classCount(prediction.classes);
      return value === null ? [] : [{ value, width: classes === 2 && !isProbability ? 1 : classes }];
    }
    case 'multi-output':
      return prediction.outputs.flatMap((output) => scoresOf(output, isProbability));
    case 'multi-label':
      return prediction.probabilities === null
        ? []
        : [{ value: prediction.probabilities, width: prediction.labels }];
    case 'outliers':
      return [{ value: prediction.decision, width: 1 }];
    case 'clusters':
      return prediction.scores === null ? [] : [{ value: prediction.scores, width: prediction.clusters }];
    case 'regressor':
      return [];
  }
}

function labelsOf(graph: GraphBuilder, prediction: Prediction, part: Stored): Response {
  switch (prediction.kind) {
    case 'regressor':
      return { value: prediction.values, width: prediction.targets };
    case 'classifier':
      return { value: labelNumbers(graph, prediction, part), width: 1 };
    case 'multi-output': {
      const columns = prediction.outputs.map((output) => labelNumbers(graph, output, part));
      return { value: beside(graph, columns), width: columns.length };
    }
    case 'multi-label':
      return { value: graph.castReal(prediction.indicators), width: prediction.labels };
    case 'outliers':
      return { value: asColumn(graph, graph.castReal(prediction.label)), width: 1 };
    case 'clusters':
      return { value: asColumn(graph, graph.castReal(prediction.index)), width: 1 };
  }
}

/** The labels themselves, `[rows, 1]`. */
function labelNumbers(graph: GraphBuilder, { classes, index }: Classification, part: Stored): GraphValue {
  return asColumn(graph, graph.op('Gather', graph.reals(numericLabels(classes, part)), index));
}

/** @throws GatewayError UNSUPPORTED_MODEL if labels are texts. */
export function numericLabels(classes: Classes, part: Stored): number[] {
  if (classes.type === 'string') {
    throw new GatewayError(
      'UNSUPPORTED_MODEL',
      `the labels of ${part.label} are used as numbers, and they are texts`,
    );
  }
  return classes.values.map(Number);
}
