import { GatewayError } from '../../../../errors.ts';
import type { GraphBuilder, GraphValue } from '../../graph/graph-builder.ts';
import type { Stored } from '../../values/stored.ts';
import type { Converter, Scope } from '../converter.ts';
import { expm1, log1p } from './numpy-function.ts';

/** Below it scikit-learn takes a power for zero: `numpy.spacing(1.0)`. */
const SPACING = 2 ** -52;
const TOLERANCE = 1e-12;

/** Each column to a power of its own (Yeo-Johnson, Box-Cox), then standardised; NaN passes. */
export const powerTransformer: Converter = {
  transform(estimator, features, scope) {
    const { graph } = scope;
    const x = features.matrix();
    const powers = powersOf(estimator, features.width);
    const method = estimator.get('method').text();
    if (method === 'box-cox')
      scope.failWhere(
        graph.op('LessOrEqual', x, graph.real(0)),
        `${estimator.label} (box-cox) takes positive numbers only`,
      );
    const value = method === 'box-cox' ? boxCox(graph, x, powers) : yeoJohnson(graph, x, powers);
    const powered = features.mapped(value).rounded();
    if (!estimator.get('standardize').boolean()) return powered;
    loosenWhereStretched(estimator, features.width, scope);
    return scope.transform(estimator.get('_scaler'), powered);
  },
};

function powersOf(estimator: Stored, width: number): Float64Array {
  const method = estimator.get('method').text();
  if (method !== 'yeo-johnson' && method !== 'box-cox')
    throw new GatewayError('INVALID_MODEL', `${estimator.label} has method "${method}"`);
  const stored = estimator.get('lambdas_');
  const { values } = stored.numbersOfShape(width);
  if (values.every(Number.isFinite)) return values;
  throw new GatewayError(
    'UNSUPPORTED_MODEL',
    `${stored.path} has no power for a column, which had no value at training`,
  );
}

/** Where a narrow column is stretched, its last digits, which no two libraries have in common, are stretched too. */
function loosenWhereStretched(estimator: Stored, width: number, scope: Scope): void {
  const scaler = estimator.get('_scaler');
  const means = scaler.get('mean_').numbersOfShape(width).values;
  const scales = scaler.get('scale_').numbersOfShape(width).values;
  const worst = Math.max(...means.map((mean, at) => (8 * SPACING * Math.abs(mean)) / (scales[at] as number)));
  if (worst > TOLERANCE)
    scope.loosen(worst, `${estimator.label} stretches a column whose values differ in the last digits only`);
}

/** (x^λ − 1) / λ, or ln x where λ is 0. */
function boxCox(graph: GraphBuilder, x: GraphValue, powers: Float64Array): GraphValue {
  return powerOf(graph, graph.op('Log', x), powers, (power) => power === 0);
}

/** Of 1 + x with λ where x is not negative, else of 1 − x with 2 − λ and the sign turned. */
function yeoJohnson(graph: GraphBuilder, x: GraphValue, powers: Float64Array): GraphValue {
  const zero = graph.real(0);
  const isNegative = graph.op('Less', x, zero);
  const size = graph.op('Abs', x);
  // Each branch sees zero where the other is meant, so that neither makes a NaN or an infinity there.
  const above = log1p(graph, graph.op('Where', isNegative, zero, size));
  const below = log1p(graph, graph.op('Where', isNegative, size, zero));
  const right = powerOf(graph, above, powers, (power) => Math.abs(power) < SPACING);
  const mirrored = powers.map((power) => 2 - power);
  const left = powerOf(graph, below, mirrored, (power) => Math.abs(power) <= SPACING);
  return graph.op('Where', isNegative, graph.op('Neg', left), right);
}

/** (e^(λ · log) − 1) / λ, or `log` itself where λ is as good as 0. */
function powerOf(
  graph: GraphBuilder,
  log: GraphValue,
  powers: Float64Array,
  isZero: (power: number) => boolean,
): GraphValue {
  const divisors = graph.reals(powers.map((power) => (isZero(power) ? 1 : power)));
  const value = graph.op('Div', expm1(graph, graph.op('Mul', divisors, log)), divisors);
  const zeros = Array.from(powers, isZero);
  return zeros.includes(true) ? graph.op('Where', graph.bools(zeros), log, value) : value;
}
