import { GatewayError } from '../../../errors.ts';
import type { Precision } from '../../../model/precision.ts';
import type { GraphBuilder, GraphValue } from '../graph/graph-builder.ts';
import { checkTree, type Tree } from './trees/tree.ts';
import { treeEnsemble } from './trees/tree-ensemble.ts';

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
  const segment = segmentOf(
    graph,
    type === graph.precision ? inside : graph.castReal(inside),
    knots,
    precision,
  );
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

/**
 * Position of the knot from which to go on, `[rows, 1]`, int64: found in a balanced tree. On a knot numpy goes on from
 * that knot, scipy arrives from the one before it.
 */
function segmentOf(
  graph: GraphBuilder,
  value: GraphValue,
  { x, path }: Knots,
  precision: Precision,
): GraphValue {
  const nodes: { threshold: number; yes: number; no: number; segment: number }[] = [];
  const grow = (first: number, last: number): number => {
    const node = { threshold: 0, yes: -1, no: -1, segment: first };
    const at = nodes.push(node) - 1;
    if (first === last) return at;
    const middle = Math.ceil((first + last) / 2);
    node.threshold = x[middle] as number;
    node.yes = grow(first, middle - 1);
    node.no = grow(middle, last);
    return at;
  };
  grow(0, x.length - 1);
  const tree: Tree = {
    yes: Int32Array.from(nodes, ({ yes }) => yes),
    no: Int32Array.from(nodes, ({ no }) => no),
    feature: new Int32Array(nodes.length),
    threshold: Float64Array.from(nodes, ({ threshold }) => threshold),
    missing: null,
    sets: null,
  };
  const values = nodes.map(({ segment }) => segment);
  const leaf = treeEnsemble(graph, value, [{ tree, shape: checkTree(tree, 1, path), values, target: 0 }], {
    targets: 1,
    test: precision === 'float' ? '<=' : '<',
    compare: precision,
    sums: 'double',
  });
  return graph.cast(leaf, 'int64');
}
