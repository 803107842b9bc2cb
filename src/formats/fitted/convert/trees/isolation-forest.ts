import { GatewayError } from '../../../../errors.ts';
import type { Stored } from '../../values/stored.ts';
import type { Converter } from '../converter.ts';
import { outlierLabel } from '../scores.ts';
import { sklearnMinor } from '../sklearn-version.ts';
import { columnsOf, type FittedTree, fittedTree, onColumns } from './fitted-tree.ts';
import { leafSums } from './leaf-sums.ts';

const EULER_GAMMA = 0.5772156649015329;

/** −2^(−Σ depths / (trees · c)) − offset_: how few splits set a row apart, on average over the trees. */
export const isolationForest: Converter = {
  predict(estimator, features, scope) {
    const { graph } = scope;
    // Since 1.6; before, `predict` takes finite numbers only.
    if (sklearnMinor(estimator) < 6) scope.refuseNaN(features);
    const members = estimator.get('estimators_').items();
    const columns = estimator.get('estimators_features_').items();
    if (members.length === 0 || members.length !== columns.length)
      throw new GatewayError(
        'INVALID_MODEL',
        `${estimator.label} has ${members.length} trees and ${columns.length} sets of columns`,
      );
    const takesAll = estimator.get('_max_features').integer() === features.width;
    const trees = members.map((member, at) =>
      takesAll
        ? fittedTree(member, features.width)
        : onColumns(member, columnsOf(columns[at] as Stored, features.width)),
    );
    const depths = new Map(trees.map((tree) => [tree, depthsOf(tree)]));
    const sum = leafSums(graph, features.matrix(), trees, {
      width: 1,
      read: (tree, node, row) => {
        row[0] = (depths.get(tree) as Float64Array)[node] as number;
      },
    });
    const expected = trees.length * averagePathLength(samplesOf(estimator));
    const share =
      expected === 0
        ? graph.op('Add', graph.op('Mul', sum, graph.real(0)), graph.real(1))
        : graph.op('Div', sum, graph.real(expected));
    const score = graph.op('Neg', graph.op('Pow', graph.real(2), graph.op('Neg', share)));
    const decision = graph.op('Sub', score, graph.real(estimator.get('offset_').number()));
    return { kind: 'outliers', label: outlierLabel(graph, decision), decision };
  },
};

function samplesOf(estimator: Stored): number {
  return (estimator.find('_max_samples') ?? estimator.get('max_samples_')).integer();
}

/** At each leaf: the splits above it, and how many more would set its training rows apart. */
function depthsOf({ tree, shape, stored }: FittedTree): Float64Array {
  const samples = stored.get('nodes').field('n_node_samples');
  const depths = new Float64Array(tree.yes.length);
  for (const node of shape.inner) {
    depths[tree.yes[node] as number] = (depths[node] as number) + 1;
    depths[tree.no[node] as number] = (depths[node] as number) + 1;
  }
  for (const leaf of shape.leaves) {
    // In the order in which scikit-learn rounds: the nodes on the way, the leaf among them, count first.
    depths[leaf] = (depths[leaf] as number) + 1 + averagePathLength(samples[leaf] as number) - 1;
  }
  return depths;
}

/** The mean depth at which a search in a random binary tree of `samples` leaves ends. */
function averagePathLength(samples: number): number {
  if (samples <= 1) return 0;
  if (samples === 2) return 1;
  return 2 * (Math.log(samples - 1) + EULER_GAMMA) - (2 * (samples - 1)) / samples;
}
