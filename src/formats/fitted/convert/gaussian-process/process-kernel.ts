import { GatewayError } from '../../../../errors.ts';
import type { GraphBuilder, GraphValue } from '../../graph/graph-builder.ts';
import type { Stored } from '../../values/stored.ts';
import { largestSquare, type Points } from '../distances.ts';
import { EXPORT_INSTEAD } from '../export-instead.ts';
import { transposed } from '../linear/linear-scores.ts';
import { constantKernel, raised, scaledDistances, summed, whiteKernel } from './kernel-parts.ts';

/** A kernel of `sklearn.gaussian_process.kernels`. */
export interface ProcessKernel {
  /** About the largest value that it has. */
  readonly size: number;
  /** `[rows, width]` → `[rows, points]`. */
  readonly value: (graph: GraphBuilder, rows: GraphValue) => GraphValue;
}

type Read = (stored: Stored, points: Points, part: (attribute: string) => ProcessKernel) => ProcessKernel;

/** Kernels hold one another; honest ones a handful. */
const MAX_PARTS = 50;

const KERNELS: ReadonlyMap<string, Read> = new Map<string, Read>([
  ['ConstantKernel', (stored, points) => constantKernel(stored.get('constant_value').number(), points)],
  ['WhiteKernel', (_, points) => whiteKernel(points)],
  ['Sum', (_, __, part) => summed('Add', part('k1'), part('k2'))],
  ['Product', (_, __, part) => summed('Mul', part('k1'), part('k2'))],
  ['Exponentiation', (stored, _, part) => raised(part('kernel'), stored.get('exponent').number())],
  ['RBF', (stored, points) => radial(stored, points)],
  ['Matern', (stored, points) => matern(stored, points)],
  ['RationalQuadratic', (stored, points) => rationalQuadratic(stored, points)],
  ['ExpSineSquared', (stored, points) => expSineSquared(stored, points)],
  ['DotProduct', (stored, points) => dotProduct(stored, points)],
]);

/** @throws GatewayError UNSUPPORTED_MODEL if a part of it is another kernel. */
export function processKernelOf(stored: Stored, points: Points): ProcessKernel {
  let parts = 0;
  const read = (own: Stored): ProcessKernel => {
    parts += 1;
    if (parts > MAX_PARTS) {
      throw new GatewayError('INVALID_MODEL', `${stored.label} has more than ${MAX_PARTS} parts`);
    }
    const known = KERNELS.get(own.className ?? '');
    if (known !== undefined) return known(own, points, (attribute) => read(own.get(attribute)));
    throw new GatewayError(
      'UNSUPPORTED_MODEL',
      `${own.label} is a kernel that is not converted; ${EXPORT_INSTEAD}`,
    );
  };
  return read(stored);
}

/** exp(−½ d²) of columns divided by their length scales. */
function radial(stored: Stored, points: Points): ProcessKernel {
  const squares = scaledDistances(stored, points, 'squared');
  return {
    size: 1,
    value: (graph, rows) => graph.op('Exp', graph.op('Mul', squares(graph, rows), graph.real(-0.5))),
  };
}

function matern(stored: Stored, points: Points): ProcessKernel {
  const nu = stored.get('nu').number();
  if (nu === Number.POSITIVE_INFINITY) return radial(stored, points);
  if (nu !== 0.5 && nu !== 1.5 && nu !== 2.5) {
    throw new GatewayError(
      'UNSUPPORTED_MODEL',
      `${stored.label} has nu=${nu}, and only 0.5, 1.5, 2.5 and infinity are converted; ${EXPORT_INSTEAD}`,
    );
  }
  const distances = scaledDistances(stored, points, 'plain');
  return {
    size: 1,
    value: (graph, rows) => {
      const scaled = graph.op('Mul', distances(graph, rows), graph.real(Math.sqrt(2 * nu)));
      const falling = graph.op('Exp', graph.op('Neg', scaled));
      if (nu === 0.5) return falling;
      const linear = graph.op('Add', graph.real(1), scaled);
      if (nu === 1.5) return graph.op('Mul', linear, falling);
      const square = graph.op('Div', graph.op('Mul', scaled, scaled), graph.real(3));
      return graph.op('Mul', graph.op('Add', linear, square), falling);
    },
  };
}

/** (1 + d² / 2αl²)^−α */
function rationalQuadratic(stored: Stored, points: Points): ProcessKernel {
  const alpha = stored.get('alpha').number();
  const scale = stored.get('length_scale').number();
  const squares = scaledDistances(stored, points, 'unscaled squared');
  return {
    size: 1,
    value: (graph, rows) => {
      const share = graph.op('Div', squares(graph, rows), graph.real(2 * alpha * scale * scale));
      return graph.op('Pow', graph.op('Add', graph.real(1), share), graph.real(-alpha));
    },
  };
}

/** exp(−2 (sin(πd / p) / l)²) */
function expSineSquared(stored: Stored, points: Points): ProcessKernel {
  const period = stored.get('periodicity').number();
  const scale = stored.get('length_scale').number();
  const distances = scaledDistances(stored, points, 'unscaled plain');
  return {
    size: 1,
    value: (graph, rows) => {
      const angle = graph.op(
        'Div',
        graph.op('Mul', distances(graph, rows), graph.real(Math.PI)),
        graph.real(period),
      );
      const wave = graph.op('Div', graph.op('Sin', angle), graph.real(scale));
      return graph.op('Exp', graph.op('Mul', graph.op('Mul', wave, wave), graph.real(-2)));
    },
  };
}

function dotProduct(stored: Stored, { values, count, width }: Points): ProcessKernel {
  const offset = stored.get('sigma_0').number() ** 2;
  return {
    size: largestSquare(values, width) + offset,
    value: (graph, rows) => {
      const matrix = graph.reals(transposed(values, count, width), [width, count]);
      return graph.op('Add', graph.op('MatMul', rows, matrix), graph.real(offset));
    },
  };
}
