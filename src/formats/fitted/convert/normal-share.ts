import type { GraphBuilder, GraphValue } from '../graph/graph-builder.ts';
import { polynomial } from './polynomial.ts';

/**
 * Coefficients of `erf` and `erfc` in Cephes (S. Moshier), which scipy's `norm.cdf` is too: rational functions, highest
 * power first.
 */
const INNER = {
  over: [9.604973739870516, 90.02601972038427, 2232.005345946843, 7003.325141128051, 55592.30130103949],
  under: [1, 33.56171416475031, 521.3579497801527, 4594.323829709801, 22629.000061389095, 49267.39426086359],
} as const;
const OUTER = {
  over: [
    2.461969814735305e-10, 0.5641895648310689, 7.463210564422699, 48.63719709856814, 196.5208329560771,
    526.4451949954773, 934.5285271719576, 1027.5518868951572, 557.5353353693994,
  ],
  under: [
    1, 13.228195115474499, 86.70721408859897, 354.9377788878199, 975.7085017432055, 1823.9091668790973,
    2246.3376081871097, 1656.6630919416134, 557.5353408177277,
  ],
} as const;
/** Cephes has a third function from 8 on; what is left there is below 1e-29. */
const END = 8;

/** The share of the standard normal distribution below a number; of numbers beyond ±11, what lies below ±11. NaN of NaN. */
export function normalShare(graph: GraphBuilder, value: GraphValue): GraphValue {
  const one = graph.real(1);
  const half = graph.real(0.5);
  const x = graph.op('Mul', value, graph.real(Math.SQRT1_2));
  const size = graph.op('Abs', x);
  const isInner = graph.op('Less', size, one);
  const inner = graph.op('Add', half, graph.op('Mul', half, errorFunction(graph, x)));
  const tail = graph.op('Mul', half, tailOf(graph, graph.op('Min', size, graph.real(END))));
  const isAbove = graph.op('Greater', x, graph.real(0));
  const outer = graph.op('Where', isAbove, graph.op('Sub', one, tail), tail);
  return graph.op('Where', isInner, inner, outer);
}

/** Within ±1. */
function errorFunction(graph: GraphBuilder, x: GraphValue): GraphValue {
  return graph.op('Mul', x, ratio(graph, graph.op('Mul', x, x), INNER));
}

/** The complement of the error function, from 1 to 8. */
function tailOf(graph: GraphBuilder, x: GraphValue): GraphValue {
  const bell = graph.op('Exp', graph.op('Neg', graph.op('Mul', x, x)));
  return graph.op('Mul', bell, ratio(graph, x, OUTER));
}

function ratio(
  graph: GraphBuilder,
  x: GraphValue,
  { over, under }: { readonly over: readonly number[]; readonly under: readonly number[] },
): GraphValue {
  return graph.op('Div', polynomial(graph, x, over), polynomial(graph, x, under));
}
