import { GatewayError } from '../../../../errors.ts';
import type { GraphBuilder, GraphValue } from '../../graph/graph-builder.ts';
import type { Stored } from '../../values/stored.ts';
import type { Converter } from '../converter.ts';
import { EXPORT_INSTEAD } from '../export-instead.ts';
import { Features } from '../features.ts';

/** `[rows, clusters, size]` → one number for each cluster, `[rows, clusters]`. */
type Pooling = (graph: GraphBuilder, values: GraphValue, size: number) => GraphValue;

const largest: Pooling = (graph, values) => reduced(graph, 'ReduceMax', values);
const smallest: Pooling = (graph, values) => reduced(graph, 'ReduceMin', values);

const POOLINGS: ReadonlyMap<string, Pooling> = new Map([
  ['numpy.mean', mean],
  ['numpy.median', median],
  ['numpy.max', largest],
  ['numpy.amax', largest],
  ['numpy.min', smallest],
  ['numpy.amin', smallest],
]);

/** FeatureAgglomeration: one column for each cluster of columns. */
export const featureAgglomeration: Converter = {
  limits: 'pooling functions other than mean, median, max and min of numpy',
  transform(estimator, features, scope) {
    scope.refuseNaN(features);
    const { graph } = scope;
    const pool = poolingOf(estimator);
    const clusters = columnsByCluster(estimator.get('labels_'), features.width);
    const x = features.matrix();
    const parts: GraphValue[] = [];
    const order: number[] = [];
    for (const [size, labels] of bySize(clusters)) {
      const columns = labels.flatMap((label) => clusters[label] as number[]);
      const values = graph.node('Gather', [x, graph.int64s(columns, [labels.length, size])], {
        attributes: { axis: { integer: 1 } },
      });
      parts.push(pool(graph, values, size));
      order.push(...labels);
    }
    const joined = graph.node('Concat', parts, { attributes: { axis: { integer: 1 } } });
    const places = clusters.map((_, label) => order.indexOf(label));
    return Features.made(graph, joined, clusters.length).select(places);
  },
};

function poolingOf(estimator: Stored): Pooling {
  const stored = estimator.get('pooling_func');
  const name = stored.isObject ? null : stored.typeName;
  const pooling = POOLINGS.get(name ?? '');
  if (pooling !== undefined) return pooling;
  throw new GatewayError(
    'UNSUPPORTED_MODEL',
    `${estimator.label} pools columns with a function (${name ?? stored.label}), and functions are never executed; ${EXPORT_INSTEAD}`,
  );
}

/** Columns of each cluster, in their order. */
function columnsByCluster(stored: Stored, width: number): number[][] {
  const { values } = stored.numbersOfShape(width);
  const count = values.reduce((most, label) => Math.max(most, label + 1), 0);
  if (count <= width) {
    const clusters = Array.from({ length: Math.ceil(count) }, (): number[] => []);
    for (const [column, label] of values.entries()) clusters[label]?.push(column);
    const placed = clusters.reduce((sum, columns) => sum + columns.length, 0);
    if (placed === width && clusters.every((columns) => columns.length > 0)) return clusters;
  }
  throw new GatewayError('INVALID_MODEL', `${stored.path} does not number the clusters of ${width} columns`);
}

/** Numbers of the clusters, by how many columns they have. */
function bySize(clusters: readonly (readonly number[])[]): Map<number, number[]> {
  const found = new Map<number, number[]>();
  for (const [label, { length }] of clusters.entries()) {
    const before = found.get(length);
    if (before === undefined) found.set(length, [label]);
    else before.push(label);
  }
  return found;
}

function mean(graph: GraphBuilder, values: GraphValue, size: number): GraphValue {
  return graph.op('Div', reduced(graph, 'ReduceSum', values), graph.real(size));
}

function median(graph: GraphBuilder, values: GraphValue, size: number): GraphValue {
  const half = Math.floor(size / 2);
  const [lower] = graph.nodeOf('TopK', [values, graph.int64s([half + 1])], 2, {
    attributes: { axis: { integer: 2 }, largest: { integer: 0 }, sorted: { integer: 1 } },
  });
  const middle = size % 2 === 1 ? [half] : [half - 1, half];
  const picked = graph.node('Gather', [lower as GraphValue, graph.int64s(middle)], {
    attributes: { axis: { integer: 2 } },
  });
  return mean(graph, picked, middle.length);
}

function reduced(graph: GraphBuilder, opType: string, values: GraphValue): GraphValue {
  return graph.node(opType, [values, graph.int64s([2])], { attributes: { keepdims: { integer: 0 } } });
}
