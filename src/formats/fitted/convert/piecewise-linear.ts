import { GatewayError } from '../../../errors.ts';
import type { Precision } from '../../../model/precision.ts';
import type { GraphBuilder, GraphValue } from '../graph/graph-builder.ts';
import { segmentOf } from './segment-of.ts';

/** A function that is straight between its knots and constant beyond the outer two. */
export interface Knots {
  /** Strictly increasing. */
  readonly x: Float64Array;
  readonly y: Float64Array;
  /** Path in the file, for messages. */
  readonly path: string;
}

/**
 * The function at each of `[rows, 1]`, as `numpy.interp` calculates it. A NaN stays one.
 *
 * @param precision `float`: rounded at every step, as scipy's `interp1d` calculates where its knots are so.
 * @throws GatewayError INVALID_MODEL if the knots do not increase or are not finite.
 */
export function piecewiseLinear(
  graph: GraphBuilder,
  value: GraphValue,
  knots: Knots,
  precision: Precision = 'double',
): GraphValue {
  const { x, y } = knots;
  check(knots);
  const type = precision === 'float' ? 'float' : graph.precision;
  const constants = (values: ArrayLike<number>, shape?: readonly number[]) =>
    type === 'float' ? graph.floats(values, shape) : graph.doubles(values, shape);
  const slopes = slopesOf(knots, precision);
  const rounded = type === graph.precision ? value : graph.cast(value, type);
  const highest = constants([x.at(-1) as number], []);
  const inside = graph.op('Max', graph.op('Min', rounded, highest), constants([x[0] as number], []));
  const segment = segmentOf(graph, type === graph.precision ? inside : graph.castReal(inside), x, {
    path: knots.path,
    precision,
  });
  const at = (table: Float64Array) => graph.op('Gather', constants(table), segment);
  const result = graph.op('Add', graph.op('Mul', at(slopes), graph.op('Sub', inside, at(x))), at(y));
  return type === graph.precision ? result : graph.castReal(result);
}

function check({ x, y, path }: Knots): void {
  const isGood =
    x.length > 0 &&
    x.length === y.length &&
    y.every(Number.isFinite) &&
    x.every((value, at) => Number.isFinite(value) && (at === 0 || value > (x[at - 1] as number)));
  if (!isGood) throw new GatewayError('INVALID_MODEL', `${path} are no increasing finite knots`);
}

/** From each knot on to the next; the last "slope" is of all beyond the last knot. */
function slopesOf({ x, y, path }: Knots, precision: Precision): Float64Array {
  const round = precision === 'float' ? Math.fround : (value: number) => value;
  const slopes = Float64Array.from(x, (left, at) => {
    const right = x[at + 1];
    if (right === undefined) return 0;
    return round(round((y[at + 1] as number) - (y[at] as number)) / round(right - left));
  });
  if (slopes.every(Number.isFinite)) return slopes;
  throw new GatewayError('UNSUPPORTED_MODEL', `${path} has knots that are too close to each other`);
}
