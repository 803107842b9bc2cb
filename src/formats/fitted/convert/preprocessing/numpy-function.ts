import type { GraphBuilder, GraphValue } from '../../graph/graph-builder.ts';

/** One of numpy's functions of one number, as nodes. */
export interface NumpyFunction {
  readonly apply: (graph: GraphBuilder, x: GraphValue) => GraphValue;
  /** It makes NaN of some numbers. */
  readonly makesNaN: boolean;
  /** It makes an infinity of some numbers. */
  readonly makesInfinity: boolean;
}

const PLAIN = { makesNaN: false, makesInfinity: false };
const GROWING = { makesNaN: false, makesInfinity: true };
const LOGARITHMIC = { makesNaN: true, makesInfinity: true };

function operator(opType: string): NumpyFunction['apply'] {
  return (graph, x) => graph.op(opType, x);
}

const absolute: NumpyFunction = { ...PLAIN, apply: operator('Abs') };

const FUNCTIONS: Readonly<Record<string, NumpyFunction>> = {
  absolute,
  abs: absolute,
  fabs: absolute,
  negative: { ...PLAIN, apply: operator('Neg') },
  positive: { ...PLAIN, apply: (_, x) => x },
  sign: { ...PLAIN, apply: operator('Sign') },
  floor: { ...PLAIN, apply: operator('Floor') },
  ceil: { ...PLAIN, apply: operator('Ceil') },
  rint: { ...PLAIN, apply: operator('Round') },
  tanh: { ...PLAIN, apply: operator('Tanh') },
  sin: { ...PLAIN, apply: operator('Sin') },
  square: { ...GROWING, apply: (graph, x) => graph.op('Mul', x, x) },
  exp: { ...GROWING, apply: operator('Exp') },
  exp2: { ...GROWING, apply: (graph, x) => graph.op('Pow', graph.real(2), x) },
  expm1: { ...GROWING, apply: expm1 },
  sqrt: { makesNaN: true, makesInfinity: false, apply: operator('Sqrt') },
  log: { ...LOGARITHMIC, apply: operator('Log') },
  log2: { ...LOGARITHMIC, apply: (graph, x) => graph.op('Div', graph.op('Log', x), graph.real(Math.LN2)) },
  log10: { ...LOGARITHMIC, apply: (graph, x) => graph.op('Div', graph.op('Log', x), graph.real(Math.LN10)) },
  log1p: { ...LOGARITHMIC, apply: log1p },
};

/** @param name as files have it: `numpy.log1p`. `undefined` for what is not known here. */
export function numpyFunction(name: string): NumpyFunction | undefined {
  const [module, member, ...rest] = name.split('.');
  if (module !== 'numpy' || member === undefined || rest.length > 0 || !Object.hasOwn(FUNCTIONS, member))
    return undefined;
  return FUNCTIONS[member];
}

/**
 * ln(1 + x), also where 1 + x has lost digits of x: with u = 1 + x as rounded, x · ln u / (u − 1) (Kahan; HP-15C handbook).
 */
export function log1p(graph: GraphBuilder, x: GraphValue): GraphValue {
  const one = graph.real(1);
  const u = graph.op('Add', x, one);
  const isOne = graph.op('Equal', u, one);
  const difference = graph.op('Where', isOne, one, graph.op('Sub', u, one));
  const value = graph.op('Div', graph.op('Mul', x, graph.op('Log', u)), difference);
  return graph.op('Where', isOne, x, value);
}

/** e^x − 1, also near 0: with u = e^x as rounded, (u − 1) · x / ln u (Kahan). */
export function expm1(graph: GraphBuilder, x: GraphValue): GraphValue {
  const one = graph.real(1);
  const u = graph.op('Exp', x);
  const less = graph.op('Sub', u, one);
  const isNear = graph.op('Less', graph.op('Abs', x), graph.real(0.5));
  const isOne = graph.op('Equal', u, one);
  const log = graph.op('Where', isOne, one, graph.op('Log', u));
  const near = graph.op('Where', isOne, x, graph.op('Mul', graph.op('Div', less, log), x));
  return graph.op('Where', isNear, near, less);
}
