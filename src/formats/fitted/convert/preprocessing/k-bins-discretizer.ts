import { GatewayError } from '../../../../errors.ts';
import type { GraphBuilder, GraphValue } from '../../graph/graph-builder.ts';
import type { Stored } from '../../values/stored.ts';
import type { Converter } from '../converter.ts';
import { dtypeName } from '../dtype-name.ts';
import { Features } from '../features.ts';
import { noteLastBit } from '../last-bit.ts';
import { honourDtype } from './output-dtype.ts';

const MAX_EDGES = 10_000_000;

/** Which bin each number is in: how many of the column's inner edges are not above it. */
export const kBinsDiscretizer: Converter = {
  transform(estimator, features, scope) {
    const { graph } = scope;
    scope.refuseNaN(features);
    honourDtype(estimator, scope);
    noteLastBit(estimator, features, scope);
    const dtype = estimator.find('dtype');
    const x = features.matrix();
    const single = graph.castReal(graph.cast(x, 'float'));
    const bins = binsOf(
      estimator,
      dtype !== null && dtypeName(dtype) === 'f4' ? single : x,
      features.width,
      graph,
    );
    const encode = estimator.get('encode').text();
    const made = Features.made(graph, bins, features.width);
    return encode === 'ordinal' ? made : scope.transform(estimator.get('_encoder'), made);
  },
};

function binsOf(estimator: Stored, x: GraphValue, width: number, graph: GraphBuilder): GraphValue {
  const edges = innerEdges(estimator.get('bin_edges_'), width);
  const most = Math.max(1, ...edges.map(({ length }) => length));
  if (most * width > MAX_EDGES)
    throw new GatewayError('UNSUPPORTED_MODEL', `${estimator.label} has too many bins`);
  // No number reaches the edges that fill up the shorter columns.
  const table = new Float64Array(width * most).fill(Number.POSITIVE_INFINITY);
  for (const [column, values] of edges.entries()) table.set(values, column * most);
  const last = graph.int64s([2]);
  const isReached = graph.op(
    'GreaterOrEqual',
    graph.op('Unsqueeze', x, last),
    graph.reals(table, [width, most]),
  );
  return graph.node('ReduceSum', [graph.castReal(isReached), last], {
    attributes: { keepdims: { integer: 0 } },
  });
}

function innerEdges(stored: Stored, width: number): Float64Array[] {
  const columns = stored.items();
  if (columns.length !== width)
    throw new GatewayError(
      'INVALID_MODEL',
      `${stored.path} has edges of ${columns.length} columns, and there are ${width}`,
    );
  return columns.map((column) => {
    const edges = column.numbersOfShape(-1).values;
    if (edges.every((edge, at) => at === 0 || edge >= (edges[at - 1] as number))) return edges.slice(1, -1);
    throw new GatewayError('INVALID_MODEL', `${column.path} does not rise`);
  });
}
