import { GatewayError } from '../../../../errors.ts';
import type { GraphBuilder, GraphValue } from '../../graph/graph-builder.ts';
import type { Stored } from '../../values/stored.ts';
import type { Converter, Scope } from '../converter.ts';
import { EXPORT_INSTEAD } from '../export-instead.ts';
import { Features } from '../features.ts';
import { segmentOf } from '../segment-of.ts';
import { clipped } from './clipped.ts';
import { type SplinePieces, splinePieces } from './spline-pieces.ts';

/** What the splines are beyond the outer knots. */
type Extrapolation = 'constant' | 'linear' | 'continue' | 'periodic' | 'error';

/** The values of B-splines at each number of each column. */
export const splineTransformer: Converter = {
  limits: 'degree 0 or above 8; extrapolation="linear" of degree 1 and several columns',
  transform(estimator, features, scope) {
    const { graph } = scope;
    const takesMissing = estimator.find('handle_missing')?.text() === 'zeros';
    if (!takesMissing) scope.refuseNaN(features);
    const splines = estimator.get('bsplines_').items();
    if (splines.length !== features.width)
      throw new GatewayError(
        'INVALID_MODEL',
        `${estimator.label} has splines of ${splines.length} columns and gets ${features.width}`,
      );
    const extrapolation = extrapolationOf(estimator.get('extrapolation'));
    refuseMixedEnds(estimator, splines.length, extrapolation);
    const isWhole = estimator.get('include_bias').boolean();
    const x = features.matrix();
    const parts = splines.map((stored, at) => {
      const own = picked(graph, x, [at]);
      const pieces = splinePieces(stored);
      const value = valuesOf(own, pieces, extrapolation, { scope, path: stored.path });
      const filled = takesMissing ? graph.op('Where', graph.op('IsNaN', own), graph.real(0), value) : value;
      const width = isWhole ? pieces.splines : pieces.splines - 1;
      const kept = Array.from({ length: width }, (_, column) => column);
      return Features.made(graph, isWhole ? filled : picked(graph, filled, kept), width);
    });
    return Features.beside(graph, parts);
  },
};

/** scikit-learn takes other ends from the second column on, which looks like an oversight that may be mended. */
function refuseMixedEnds(estimator: Stored, columns: number, extrapolation: Extrapolation): void {
  if (extrapolation !== 'linear' || columns === 1 || estimator.get('degree').integer() > 1) return;
  throw new GatewayError(
    'UNSUPPORTED_MODEL',
    `${estimator.label} has extrapolation="linear" and degree 1 for several columns; ${EXPORT_INSTEAD}`,
  );
}

function extrapolationOf(parameter: Stored): Extrapolation {
  const text = parameter.text();
  switch (text) {
    case 'constant':
    case 'linear':
    case 'continue':
    case 'periodic':
    case 'error':
      return text;
    default:
      throw new GatewayError('INVALID_MODEL', `${parameter.path} is "${text}", which is not known here`);
  }
}

function valuesOf(
  x: GraphValue,
  pieces: SplinePieces,
  extrapolation: Extrapolation,
  { scope, path }: { readonly scope: Scope; readonly path: string },
): GraphValue {
  const { graph } = scope;
  const first = pieces.starts[0] as number;
  const { end } = pieces;
  switch (extrapolation) {
    case 'continue':
      return evaluated(graph, x, pieces, path);
    case 'constant':
      return evaluated(graph, clipped(graph, x, first, end), pieces, path);
    case 'periodic':
      return evaluated(graph, wrapped(graph, x, first, end), pieces, path);
    case 'error': {
      const outside = `${path}: only numbers in the range of training are taken`;
      scope.failWhere(graph.op('Less', x, graph.real(first)), outside);
      scope.failWhere(graph.op('Greater', x, graph.real(end)), outside);
      return evaluated(graph, x, pieces, path);
    }
    case 'linear': {
      const inside = clipped(graph, x, first, end);
      const beyond = graph.op('Sub', x, inside);
      const slope = graph.op('Where', graph.op('Less', beyond, graph.real(0)), ...slopes(graph, pieces));
      // Zero times a slope is zero, so that nothing is added inside.
      return graph.op('Add', evaluated(graph, inside, pieces, path), graph.op('Mul', beyond, slope));
    }
  }
}

/** The slopes of all splines at both ends, `[splines]` each. */
function slopes(
  graph: GraphBuilder,
  { starts, end, coefficients, splines }: SplinePieces,
): [GraphValue, GraphValue] {
  const last = starts.length - 1;
  const width = end - (starts[last] as number);
  const at = (power: number, piece: number, column: number) =>
    (coefficients[power] as Float64Array)[piece * splines + column] as number;
  const columns = Array.from({ length: splines }, (_, column) => column);
  const right = columns.map((column) =>
    coefficients.reduce(
      (sum, _, power) => (power === 0 ? 0 : sum + power * at(power, last, column) * width ** (power - 1)),
      0,
    ),
  );
  // Rounding leaves next to nothing of slopes that are zero, which a far number would make something of.
  const settled = (slope: number) => (Math.abs(slope * width) < 1e-12 ? 0 : slope);
  return [graph.reals(columns.map((column) => settled(at(1, 0, column)))), graph.reals(right.map(settled))];
}

/** As Python's modulo, moved into the period that begins at `first`. */
function wrapped(graph: GraphBuilder, x: GraphValue, first: number, end: number): GraphValue {
  const period = graph.real(end - first);
  const offset = graph.op('Sub', x, graph.real(first));
  const rest = graph.node('Mod', [offset, period], { attributes: { fmod: { integer: 1 } } });
  const positive = graph.op(
    'Where',
    graph.op('Less', rest, graph.real(0)),
    graph.op('Add', rest, period),
    rest,
  );
  return graph.op('Add', graph.real(first), positive);
}

/** `[rows, splines]`: the polynomial of the piece in which each number is, or of the nearest. */
function evaluated(graph: GraphBuilder, x: GraphValue, pieces: SplinePieces, path: string): GraphValue {
  const { starts, coefficients, splines } = pieces;
  const segment = segmentOf(graph, x, starts, { path });
  const row = graph.op('Squeeze', segment, graph.int64s([1]));
  const distance = graph.op('Sub', x, graph.op('Gather', graph.reals(starts), segment));
  const tables = coefficients.map((table) =>
    graph.op('Gather', graph.reals(table, [starts.length, splines]), row),
  );
  return tables
    .slice(0, -1)
    .reduceRight(
      (sum, table) => graph.op('Add', graph.op('Mul', sum, distance), table),
      tables.at(-1) as GraphValue,
    );
}

function picked(graph: GraphBuilder, value: GraphValue, columns: readonly number[]): GraphValue {
  return graph.node('Gather', [value, graph.int64s(columns)], { attributes: { axis: { integer: 1 } } });
}
