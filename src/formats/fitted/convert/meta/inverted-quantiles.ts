import { GatewayError } from '../../../../errors.ts';
import type { GraphBuilder, GraphValue } from '../../graph/graph-builder.ts';
import type { Stored } from '../../values/stored.ts';
import { normalShare } from '../normal-share.ts';
import { piecewiseLinear } from '../piecewise-linear.ts';
import { beside, column } from '../response.ts';

/** `BOUNDS_THRESHOLD` of scikit-learn: of a normal distribution, what is nearer to 0 or 1 is taken for it. */
const NEAR = 1e-7;

/** Inverse of a QuantileTransformer, `[rows, width]`: from shares, or numbers that are normally distributed, to values. */
export function invertedQuantiles(
  transformer: Stored,
  value: GraphValue,
  width: number,
  graph: GraphBuilder,
): GraphValue {
  const distribution = transformer.get('output_distribution').text();
  if (distribution !== 'uniform' && distribution !== 'normal')
    throw new GatewayError('INVALID_MODEL', `${transformer.label} has output_distribution="${distribution}"`);
  const stored = transformer.get('references_');
  const references = stored.numbersOfShape(-1).values;
  const quantiles = transformer.get('quantiles_').numbersOfShape(references.length, width).values;
  const columns = Array.from({ length: width }, (_, at) => {
    const knots = {
      x: references,
      y: Float64Array.from(references, (_, row) => quantiles[row * width + at] as number),
      path: stored.path,
    };
    const own = column(graph, value, at);
    return piecewiseLinear(
      graph,
      distribution === 'normal' ? bounded(graph, normalShare(graph, own)) : own,
      knots,
    );
  });
  return beside(graph, columns);
}

function bounded(graph: GraphBuilder, share: GraphValue): GraphValue {
  const [zero, one, near] = [graph.real(0), graph.real(1), graph.real(NEAR)];
  const isLow = graph.op('Less', graph.op('Sub', share, near), zero);
  const isHigh = graph.op('Greater', graph.op('Add', share, near), one);
  return graph.op('Where', isLow, zero, graph.op('Where', isHigh, one, share));
}
