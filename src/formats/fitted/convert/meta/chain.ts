import { GatewayError } from '../../../../errors.ts';
import type { GraphValue } from '../../graph/graph-builder.ts';
import type { Stored } from '../../values/stored.ts';
import { classCount } from '../classes.ts';
import type { Converter, Scope } from '../converter.ts';
import { Features } from '../features.ts';
import type { Classification, Prediction } from '../prediction.ts';
import {
  beside,
  column,
  numericLabels,
  type ResponseMethod,
  responseMethod,
  responseValues,
} from '../response.ts';
import { classifierOf } from './encoded-labels.ts';
import { fittedParts } from './fitted-parts.ts';

/** Each link sees all before it, so that the work grows with the square of their number. */
const MAX_TARGETS = 1000;

/** Regressors, each of which sees what the ones before it said. */
export const regressorChain: Converter = {
  predict(estimator, features, scope) {
    const links = linksOf(estimator, features, scope);
    const values = links.map(({ part, prediction }) => {
      return oneColumn(prediction, 'predict', part, scope);
    });
    return { kind: 'regressor', values: beside(scope.graph, values), targets: values.length };
  },
};

/**
 * Classifiers, each of which sees what the ones before it said: their labels, or what `chain_method_` names. Labels of 0
 * and 1 are answered as indicators, others each on its own; the library gives all of them as floats.
 */
export const classifierChain: Converter = {
  predict(estimator, features, scope) {
    const { graph } = scope;
    const links = linksOf(estimator, features, scope);
    const outputs = links.map(({ part, prediction }) => classifierOf(prediction, part));
    if (!outputs.every(isIndicator)) {
      return {
        kind: 'multi-output',
        outputs: outputs.map((output, at) => ({
          ...output,
          classes: { type: 'double', values: numericLabels(output.classes, (links[at] as Link).part) },
          probabilities: null,
          decision: null,
        })),
      };
    }
    const indicators = beside(
      graph,
      outputs.map(({ index }) => graph.op('Unsqueeze', index, graph.int64s([1]))),
    );
    const each = outputs.map(({ probabilities }) => probabilities);
    const probabilities = each.every((value) => value !== null)
      ? beside(
          graph,
          each.map((value) => column(graph, value, 1)),
        )
      : null;
    return { kind: 'multi-label', labels: outputs.length, indicators, probabilities };
  },
};

interface Link {
  readonly part: Stored;
  readonly prediction: Prediction;
}

/** The estimators and what they say, in the order of the targets. */
function linksOf(estimator: Stored, features: Features, scope: Scope): Link[] {
  // The chain itself checks its rows before any part sees them.
  scope.refuseNaN(features);
  const parts = fittedParts(estimator);
  if (parts.length > MAX_TARGETS) {
    throw new GatewayError(
      'UNSUPPORTED_MODEL',
      `${estimator.label} has ${parts.length} targets, and more than ${MAX_TARGETS} are not served`,
    );
  }
  const order = orderOf(estimator, parts.length);
  const method = chainMethodOf(estimator);
  const links: Link[] = [];
  const seen: GraphValue[] = [];
  for (const [at, part] of parts.entries()) {
    const before = seen.map((value) => Features.made(scope.graph, value, 1));
    const prediction = scope.predict(part, Features.beside(scope.graph, [features, ...before]));
    links[order[at] as number] = { part, prediction };
    if (at < parts.length - 1) seen.push(oneColumn(prediction, method, part, scope));
  }
  return links;
}

/** `order_[i]` is the target of the i-th estimator. */
function orderOf(estimator: Stored, count: number): readonly number[] {
  const order = [...estimator.get('order_').numbers().values];
  const isPermutation = order.toSorted((left, right) => left - right).every((target, at) => target === at);
  if (order.length === count && isPermutation) return order;
  throw new GatewayError('INVALID_MODEL', `${estimator.get('order_').path} is no order of ${count} targets`);
}

/** Since scikit-learn 1.5 of classifiers; before and of regressors it is `predict`. */
function chainMethodOf(estimator: Stored): ResponseMethod {
  const method = estimator.find('chain_method_');
  return method === null ? 'predict' : responseMethod(method);
}

function oneColumn(
  prediction: Prediction,
  method: ResponseMethod,
  part: Stored,
  { graph }: Scope,
): GraphValue {
  const { value, width } = responseValues(graph, prediction, method, part);
  if (width === 1) return value;
  throw new GatewayError(
    'UNSUPPORTED_MODEL',
    `${part.label} gives ${width} columns by ${method}, where a chain takes one`,
  );
}

function isIndicator({ classes }: Classification): boolean {
  return (
    classes.type !== 'string' &&
    classCount(classes) === 2 &&
    Number(classes.values[0]) === 0 &&
    Number(classes.values[1]) === 1
  );
}
