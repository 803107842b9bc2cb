import { GatewayError } from '../../../../errors.ts';
import type { GraphBuilder, GraphValue } from '../../graph/graph-builder.ts';
import type { Stored } from '../../values/stored.ts';
import { beside, column } from '../response.ts';

/** Below it scikit-learn takes a power for zero: `numpy.spacing(1.0)`. */
const SPACING = 2 ** -52;

/** Inverse of the powers of a PowerTransformer, `[rows, width]`; its scaler is another matter. */
export function invertedPower(
  transformer: Stored,
  value: GraphValue,
  width: number,
  graph: GraphBuilder,
): GraphValue {
  const method = transformer.get('method').text();
  if (method !== 'yeo-johnson' && method !== 'box-cox')
    throw new GatewayError('INVALID_MODEL', `${transformer.label} has method "${method}"`);
  const invert = method === 'box-cox' ? invertedBoxCox : invertedYeoJohnson;
  const powers = transformer.get('lambdas_').numbersOfShape(width).values;
  return beside(
    graph,
    Array.from(powers, (power, at) => invert(graph, column(graph, value, at), power)),
  );
}

function invertedBoxCox(graph: GraphBuilder, value: GraphValue, power: number): GraphValue {
  if (power === 0) return graph.op('Exp', value);
  return root(graph, value, power);
}

function invertedYeoJohnson(graph: GraphBuilder, value: GraphValue, power: number): GraphValue {
  const one = graph.real(1);
  const zero = graph.real(0);
  // Each branch sees zero where the other is meant, so that neither makes a NaN there.
  const above = graph.op('Max', value, zero);
  const below = graph.op('Min', value, zero);
  const isZero = Math.abs(power) < SPACING;
  const isTwo = Math.abs(power - 2) <= SPACING;
  const right = graph.op('Sub', isZero ? graph.op('Exp', above) : root(graph, above, power), one);
  const mirrored = graph.op('Neg', below);
  const left = graph.op('Sub', one, isTwo ? graph.op('Exp', mirrored) : root(graph, mirrored, 2 - power));
  return graph.op('Where', graph.op('GreaterOrEqual', value, zero), right, left);
}

/** (x · power + 1) ^ (1 / power). */
function root(graph: GraphBuilder, value: GraphValue, power: number): GraphValue {
  const base = graph.op('Add', graph.op('Mul', value, graph.real(power)), graph.real(1));
  return graph.op('Pow', base, graph.real(1 / power));
}
