import { GatewayError } from '../../../../errors.ts';
import type { GraphBuilder, GraphValue } from '../../graph/graph-builder.ts';
import type { Stored } from '../../values/stored.ts';
import type { Converter } from '../converter.ts';
import { noteLastBit } from '../last-bit.ts';
import { segmentOf } from '../segment-of.ts';
import { normalQuantile } from './normal-quantile.ts';

/** `BOUNDS_THRESHOLD`: what is nearer to the outer quantiles is taken to be on them, for the normal distribution. */
const NEAR = 1e-7;

/** The different quantiles of one column, and which shares of the training rows are not above each. */
interface Quantiles {
  readonly x: Float64Array;
  /** Several shares have the same quantile where many rows had one value: the least and the largest of them. */
  readonly first: Float64Array;
  readonly last: Float64Array;
  readonly path: string;
}

/** Which share of the training rows is below each number, or the quantile of the normal distribution at it. NaN passes. */
export const quantileTransformer: Converter = {
  transform(estimator, features, scope) {
    const { graph } = scope;
    const distribution = estimator.get('output_distribution').text();
    if (distribution !== 'uniform' && distribution !== 'normal')
      throw new GatewayError('INVALID_MODEL', `${estimator.label} has output_distribution "${distribution}"`);
    const isNormal = distribution === 'normal';
    const x = features.matrix();
    const all = quantilesOf(estimator, features.width);
    // Where many rows had one value, the share jumps.
    noteLastBit(estimator, features, scope, (column) => hasJump(all[column]));
    const columns = all.map((quantiles, at) => {
      const own = graph.node('Gather', [x, graph.int64s([at])], { attributes: { axis: { integer: 1 } } });
      return bounded(graph, own, quantiles, isNormal);
    });
    const shares = graph.node('Concat', columns, { attributes: { axis: { integer: 1 } } });
    return features.mapped(isNormal ? normalQuantile(graph, shares, NEAR - 2 ** -52) : shares);
  },
};

function hasJump(quantiles: Quantiles | undefined): boolean {
  return quantiles?.first.some((share, place) => share !== quantiles.last[place]) ?? false;
}

function quantilesOf(estimator: Stored, width: number): Quantiles[] {
  const references = estimator.get('references_').numbersOfShape(-1).values;
  const stored = estimator.get('quantiles_');
  const { values } = stored.numbersOfShape(references.length, width);
  return Array.from({ length: width }, (_, column) => {
    const x: number[] = [];
    const first: number[] = [];
    const last: number[] = [];
    for (const [row, share] of references.entries()) {
      const quantile = values[row * width + column] as number;
      const before = x.at(-1) ?? Number.NEGATIVE_INFINITY;
      if (!Number.isFinite(quantile) || quantile < before || !Number.isFinite(share))
        throw new GatewayError('INVALID_MODEL', `${stored.path} does not rise`);
      if (quantile > before) {
        x.push(quantile);
        first.push(share);
        last.push(share);
      } else last[last.length - 1] = share;
    }
    if (x.length === 0) throw new GatewayError('INVALID_MODEL', `${stored.path} is empty`);
    return {
      x: Float64Array.from(x),
      first: Float64Array.from(first),
      last: Float64Array.from(last),
      path: stored.path,
    };
  });
}

/** 0 and 1 at the outer quantiles and beyond, whatever shares they have. */
function bounded(graph: GraphBuilder, x: GraphValue, quantiles: Quantiles, isNormal: boolean): GraphValue {
  const lowest = graph.real(quantiles.x[0] as number);
  const highest = graph.real(quantiles.x.at(-1) as number);
  const near = graph.real(NEAR);
  const isLow = isNormal
    ? graph.op('Less', graph.op('Sub', x, near), lowest)
    : graph.op('LessOrEqual', x, lowest);
  const isHigh = isNormal
    ? graph.op('Greater', graph.op('Add', x, near), highest)
    : graph.op('GreaterOrEqual', x, highest);
  const high = graph.op('Where', isHigh, graph.real(1), shareOf(graph, x, quantiles));
  return graph.op('Where', isLow, graph.real(0), high);
}

/** As the mean of `numpy.interp` from both sides: the middle of its shares on a quantile, straight between two. */
function shareOf(graph: GraphBuilder, x: GraphValue, { x: knots, first, last, path }: Quantiles): GraphValue {
  const slopes = Float64Array.from(knots, (left, at) => {
    const right = knots[at + 1];
    return right === undefined ? 0 : ((first[at + 1] as number) - (last[at] as number)) / (right - left);
  });
  if (!slopes.every(Number.isFinite))
    throw new GatewayError('UNSUPPORTED_MODEL', `${path} has quantiles that are too close to each other`);
  const segment = segmentOf(graph, x, knots, { path });
  const at = (table: Float64Array) => graph.op('Gather', graph.reals(table), segment);
  const offset = graph.op('Sub', x, at(knots));
  const between = graph.op('Add', graph.op('Mul', at(slopes), offset), at(last));
  const middles = first.map((share, place) => 0.5 * (share + (last[place] as number)));
  return graph.op('Where', graph.op('Equal', offset, graph.real(0)), at(middles), between);
}
