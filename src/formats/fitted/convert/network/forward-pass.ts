import { GatewayError } from '../../../../errors.ts';
import type { GraphBuilder, GraphValue } from '../../graph/graph-builder.ts';
import type { Stored } from '../../values/stored.ts';
import type { Features } from '../features.ts';
import { sigmoid, softmax } from '../scores.ts';

type Activation = (graph: GraphBuilder, value: GraphValue) => GraphValue;

const ACTIVATIONS: ReadonlyMap<string, Activation> = new Map<string, Activation>([
  ['identity', (_, value) => value],
  ['logistic', sigmoid],
  ['tanh', (graph, value) => graph.op('Tanh', value)],
  ['relu', (graph, value) => graph.op('Relu', value)],
  ['softmax', softmax],
  // The output of MLPRegressor with Poisson loss, since scikit-learn 1.7.
  ['exp', (graph, value) => graph.op('Exp', value)],
]);

/** What a multi-layer perceptron's last layer says: `[rows, outputs]`. */
export function forwardPass(
  estimator: Stored,
  features: Features,
  graph: GraphBuilder,
): { value: GraphValue; outputs: number } {
  const hidden = activationOf(estimator, 'activation');
  const out = activationOf(estimator, 'out_activation_');
  const layers = estimator.get('coefs_').items();
  const intercepts = estimator.get('intercepts_').items();
  if (layers.length === 0 || layers.length !== intercepts.length) {
    throw new GatewayError(
      'INVALID_MODEL',
      `${estimator.label} has ${layers.length} layers of weights and ${intercepts.length} of intercepts`,
    );
  }
  let value = features.matrix();
  let width = features.width;
  for (const [at, layer] of layers.entries()) {
    const { values, shape } = layer.numbersOfShape(width, -1);
    const next = shape[1] as number;
    const constants = (intercepts[at] as Stored).numbersOfShape(next).values;
    const product = graph.op('MatMul', value, graph.reals(values, [width, next]));
    const sum = graph.op('Add', product, graph.reals(constants));
    value = (at === layers.length - 1 ? out : hidden)(graph, sum);
    width = next;
  }
  return { value, outputs: width };
}

function activationOf(estimator: Stored, attribute: string): Activation {
  const name = estimator.get(attribute).text();
  const found = ACTIVATIONS.get(name);
  if (found !== undefined) return found;
  throw new GatewayError('INVALID_MODEL', `${estimator.label} has the unknown activation "${name}"`);
}
