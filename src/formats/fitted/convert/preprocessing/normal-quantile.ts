import type { GraphBuilder, GraphValue } from '../../graph/graph-builder.ts';
import { polynomial } from '../polynomial.ts';
import { clipped } from './clipped.ts';

/**
 * Coefficients of `ndtri` in Cephes (S. Moshier), which scipy's `norm.ppf` is too: rational functions for the middle of
 * the distribution and for its tails, highest power first.
 */
const MIDDLE = {
  over: [-59.96335010141079, 98.00107541859997, -56.67628574690703, 13.931260938727968, -1.2391658386738125],
  under: [
    1, 1.9544885833814176, 4.676279128988815, 86.36024213908905, -225.46268785411937, 200.26021238006066,
    -82.03722561683334, 15.90562251262117, -1.1833162112133,
  ],
} as const;
const TAIL = {
  over: [
    4.0554489230596245, 31.525109459989388, 57.16281922464213, 44.08050738932008, 14.684956192885803,
    2.1866330685079025, -0.1402560791713545, -0.03504246268278482, -0.0008574567851546854,
  ],
  under: [
    1, 15.779988325646675, 45.39076351288792, 41.3172038254672, 15.04253856929075, 2.504649462083094,
    -0.14218292285478779, -0.03808064076915783, -0.0009332594808954574,
  ],
} as const;
const E_TO_MINUS_2 = 0.1353352832366127;
const ROOT_OF_2_PI = 2.5066282746310007;

/**
 * The number below which this share of the standard normal distribution lies; NaN of NaN.
 *
 * @param least shares below it, and above 1 − it, count as on it. Not below 1e-13: Cephes has a third function for those.
 */
export function normalQuantile(graph: GraphBuilder, share: GraphValue, least: number): GraphValue {
  const one = graph.real(1);
  const y = clipped(graph, share, least, 1 - least);
  const isUpper = graph.op('Greater', y, graph.real(1 - E_TO_MINUS_2));
  const mirrored = graph.op('Where', isUpper, graph.op('Sub', one, y), y);
  const isMiddle = graph.op('Greater', mirrored, graph.real(E_TO_MINUS_2));
  const tail = tailOf(graph, mirrored);
  const signed = graph.op('Where', isUpper, tail, graph.op('Neg', tail));
  return graph.op('Where', isMiddle, middleOf(graph, mirrored), signed);
}

function middleOf(graph: GraphBuilder, y: GraphValue): GraphValue {
  const centred = graph.op('Sub', y, graph.real(0.5));
  const square = graph.op('Mul', centred, centred);
  const ratio = graph.op(
    'Div',
    polynomial(graph, square, MIDDLE.over),
    polynomial(graph, square, MIDDLE.under),
  );
  const bent = graph.op('Mul', centred, graph.op('Mul', square, ratio));
  return graph.op('Mul', graph.op('Add', centred, bent), graph.real(ROOT_OF_2_PI));
}

/** The distance from the middle. */
function tailOf(graph: GraphBuilder, y: GraphValue): GraphValue {
  const x = graph.op('Sqrt', graph.op('Mul', graph.real(-2), graph.op('Log', y)));
  const first = graph.op('Sub', x, graph.op('Div', graph.op('Log', x), x));
  const z = graph.op('Div', graph.real(1), x);
  const ratio = graph.op('Div', polynomial(graph, z, TAIL.over), polynomial(graph, z, TAIL.under));
  return graph.op('Sub', first, graph.op('Mul', z, ratio));
}
