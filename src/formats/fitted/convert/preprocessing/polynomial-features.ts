import { GatewayError } from '../../../../errors.ts';
import type { GraphBuilder, GraphValue } from '../../graph/graph-builder.ts';
import type { Stored } from '../../values/stored.ts';
import type { Converter } from '../converter.ts';
import { Features } from '../features.ts';

/** Above it the graph's tables would take more memory than the model. */
const MAX_PRODUCTS = 1_000_000;
/** No number but 0, 1 and their neighbours has a power that is larger. */
const MAX_DEGREE = 200;

/** Products of one degree: each is a product of the degree below times one more column, which comes first in it. */
interface Degree {
  readonly factors: readonly number[];
  /** Position in the degree below. */
  readonly rests: readonly number[];
  /** For each column: where the products begin that it comes first in. */
  readonly starts: readonly number[];
}

/** All products of up to `degree` columns, in scikit-learn's order. */
export const polynomialFeatures: Converter = {
  transform(estimator, features, scope) {
    scope.refuseNaN(features);
    const { graph } = scope;
    const x = features.matrix();
    const { least, most } = degreesOf(estimator.get('degree'));
    const parts: GraphValue[] = [];
    let width = 0;
    if (estimator.get('include_bias').boolean()) {
      const first = graph.node('Gather', [x, graph.int64s([0])], { attributes: { axis: { integer: 1 } } });
      parts.push(graph.castReal(graph.op('Equal', first, first)));
      width += 1;
    }
    const isPlain = !estimator.get('interaction_only').boolean();
    let below = firstDegree(features.width);
    let value = x;
    let products = 0;
    for (let degree = 1; degree <= most && below.factors.length > 0; degree += 1) {
      if (degree > 1) {
        below = nextDegree(below, features.width, isPlain, estimator);
        if (below.factors.length === 0) break;
        value = graph.op('Mul', picked(graph, value, below.rests), picked(graph, x, below.factors));
      }
      products += below.factors.length;
      if (products > MAX_PRODUCTS) throw tooMany(estimator);
      if (degree < least) continue;
      parts.push(value);
      width += below.factors.length;
    }
    checkWidth(estimator, width);
    const joined =
      parts.length === 1
        ? (parts[0] as GraphValue)
        : graph.node('Concat', parts, { attributes: { axis: { integer: 1 } } });
    return Features.made(graph, joined, width);
  },
};

/** `degree` is the largest one, or a pair of the least and the largest. */
function degreesOf(stored: Stored): { readonly least: number; readonly most: number } {
  const [least, most] = stored.isList ? stored.items().map((item) => item.integer()) : [0, stored.integer()];
  if (most !== undefined && most > MAX_DEGREE)
    throw new GatewayError('UNSUPPORTED_MODEL', `${stored.path} is above ${MAX_DEGREE}`);
  if (least === undefined || most === undefined)
    throw new GatewayError('INVALID_MODEL', `${stored.path} is no pair`);
  return { least, most };
}

function firstDegree(width: number): Degree {
  const columns = Array.from({ length: width }, (_, at) => at);
  return { factors: columns, rests: columns, starts: [...columns, width] };
}

function nextDegree(below: Degree, width: number, isPlain: boolean, estimator: Stored): Degree {
  const factors: number[] = [];
  const rests: number[] = [];
  const starts: number[] = [];
  for (let column = 0; column < width; column += 1) {
    starts.push(factors.length);
    const from = below.starts[isPlain ? column : column + 1] as number;
    for (let rest = from; rest < below.factors.length; rest += 1) {
      factors.push(column);
      rests.push(rest);
    }
    if (factors.length > MAX_PRODUCTS) throw tooMany(estimator);
  }
  return { factors, rests, starts: [...starts, factors.length] };
}

function picked(graph: GraphBuilder, value: GraphValue, columns: readonly number[]): GraphValue {
  return graph.node('Gather', [value, graph.int64s(columns)], { attributes: { axis: { integer: 1 } } });
}

function checkWidth(estimator: Stored, width: number): void {
  const stored = estimator.get('n_output_features_').integer();
  if (stored !== width || width === 0)
    throw new GatewayError('INVALID_MODEL', `${estimator.label} makes ${width} columns and says ${stored}`);
}

function tooMany(estimator: Stored): GatewayError {
  return new GatewayError('UNSUPPORTED_MODEL', `${estimator.label} makes more than ${MAX_PRODUCTS} columns`);
}
