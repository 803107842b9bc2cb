import { GatewayError } from '../../../errors.ts';
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
 * As `numpy.interp`, of `[rows, 1]`. A NaN stays one.
 *
 * @throws GatewayError INVALID_MODEL if the knots do not increase or are not finite.
 */
export function piecewiseLinear(graph: GraphBuilder, value: GraphValue, knots: Knots): GraphValue {
  const { x, y } = knots;
  check(knots);
  // The last "slope" is of all beyond the last knot.
  const slopes = Float64Array.from(x, (left, at) => {
    const right = x[at + 1];
    return right === undefined ? 0 : ((y[at + 1] as number) - (y[at] as number)) / (right - left);
  });
  if (!slopes.every(Number.isFinite))
    throw new GatewayError('UNSUPPORTED_MODEL', `${knots.path} has knots that are too close to each other`);
  const inside = graph.op(
    'Max',
    graph.op('Min', value, graph.real(x.at(-1) as number)),
    graph.real(x[0] as number),
  );
  const segment = segmentOf(graph, inside, x, knots.path);
  const at = (table: Float64Array) => graph.op('Gather', graph.reals(table), segment);
  return graph.op('Add', graph.op('Mul', at(slopes), graph.op('Sub', inside, at(x))), at(y));
}

function check({ x, y, path }: Knots): void {
  const isGood =
    x.length > 0 &&
    x.length === y.length &&
    y.every(Number.isFinite) &&
    x.every((value, at) => Number.isFinite(value) && (at === 0 || value > (x[at - 1] as number)));
  if (!isGood) throw new GatewayError('INVALID_MODEL', `${path} are no increasing finite knots`);
}
