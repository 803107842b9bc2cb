import { GatewayError } from '../../../../errors.ts';
import type { GraphBuilder, GraphValue } from '../../graph/graph-builder.ts';
import type { Stored } from '../../values/stored.ts';
import type { Converter } from '../converter.ts';
import { EXPORT_INSTEAD } from '../export-instead.ts';
import type { Features } from '../features.ts';
import { centerDistances, centersOf, squaredDistances } from './centers.ts';
import { kMeans } from './k-means.ts';

/** The tree of splits becomes nodes one inside the other. */
const MAX_CLUSTERS = 1000;

interface Split {
  /** Position among all centers of splits: that of the left part, and after it that of the right one. */
  readonly left: number;
  readonly parts: readonly [Split | number, Split | number];
}

/** BisectingKMeans: from split to split to the nearer of two centers, which need not end at the nearest of all. */
export const bisectingKMeans: Converter = {
  tolerance: 1e-7,
  limits: `more than ${MAX_CLUSTERS} clusters`,
  predict(estimator, features, scope) {
    scope.refuseNaN(features);
    const { graph } = scope;
    const { width } = features;
    const ends = centersOf(estimator, width);
    if (ends.count > MAX_CLUSTERS) {
      throw new GatewayError(
        'UNSUPPORTED_MODEL',
        `${estimator.label} has ${ends.count} clusters, and at most ${MAX_CLUSTERS} are converted; ${EXPORT_INSTEAD}`,
      );
    }
    const means = estimator.find('_X_mean')?.numbersOfShape(width).values ?? new Float64Array(width);
    const centers: number[] = [];
    const root = splitsOf(estimator.get('_bisecting_tree'), {
      clusters: ends.count,
      centers,
      centerOf: (node) =>
        node
          .get('center')
          .numbersOfShape(width)
          .values.map((value, column) => value + (means[column] as number)),
      width,
    });
    const index =
      typeof root === 'number' ? everyRow(graph, features, root) : walk(graph, features, root, centers);
    const scores = centerDistances(estimator, squaredDistances(graph, features, ends), ends, scope);
    return { kind: 'clusters', index, scores, clusters: ends.count, scoreName: 'scores' };
  },
  ...(kMeans.transform === undefined ? {} : { transform: kMeans.transform }),
};

interface Collected {
  readonly clusters: number;
  readonly width: number;
  /** Grows by two centers a split. */
  readonly centers: number[];
  readonly centerOf: (node: Stored) => Float64Array;
}

function splitsOf(node: Stored, collected: Collected): Split | number {
  const left = node.find('left');
  const right = node.find('right');
  if (left === null || right === null) {
    const label = node.get('label').integer();
    if (label >= 0 && label < collected.clusters) return label;
    throw new GatewayError('INVALID_MODEL', `${node.label} is the unknown cluster ${label}`);
  }
  const { centers, clusters, width, centerOf } = collected;
  const at = centers.length / width;
  // A tree with more splits holds itself.
  if (at / 2 >= clusters - 1) {
    throw new GatewayError('INVALID_MODEL', `${node.label} is one split too many for ${clusters} clusters`);
  }
  for (const part of [left, right]) {
    for (const value of centerOf(part)) centers.push(value);
  }
  return { left: at, parts: [splitsOf(left, collected), splitsOf(right, collected)] };
}

function walk(graph: GraphBuilder, features: Features, root: Split, centers: readonly number[]): GraphValue {
  const { width } = features;
  const count = centers.length / width;
  const squared = squaredDistances(graph, features, {
    values: Float64Array.from(centers),
    count,
    width,
  });
  const columns = graph.nodeOf('Split', [squared], count, {
    attributes: { axis: { integer: 1 }, num_outputs: { integer: count } },
  });
  const labelOf = (part: Split | number): GraphValue => {
    if (typeof part === 'number') return graph.int64s([part], [1, 1]);
    const [near, far] = [columns[part.left] as GraphValue, columns[part.left + 1] as GraphValue];
    const isLeft = graph.op('LessOrEqual', near, far);
    return graph.op('Where', isLeft, labelOf(part.parts[0]), labelOf(part.parts[1]));
  };
  return graph.op('Squeeze', labelOf(root), graph.int64s([1]));
}

function everyRow(graph: GraphBuilder, features: Features, label: number): GraphValue {
  const rows = graph.op('Slice', graph.op('Shape', features.matrix()), graph.int64s([0]), graph.int64s([1]));
  return graph.op('Expand', graph.int64s([label]), rows);
}
