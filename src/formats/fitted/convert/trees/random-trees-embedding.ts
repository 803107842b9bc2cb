import { GatewayError } from '../../../../errors.ts';
import type { Stored } from '../../values/stored.ts';
import type { Converter } from '../converter.ts';
import { Features } from '../features.ts';
import type { FittedTree } from './fitted-tree.ts';
import { treesOf } from './forest.ts';
import { treeEnsemble } from './tree-ensemble.ts';

/** A column for each leaf of each tree: 1 where the row reaches it, else 0. */
export const randomTreesEmbedding: Converter = {
  transform(estimator, features, scope) {
    const { graph } = scope;
    const trees = treesOf(estimator, features, scope);
    const categories = estimator.get('one_hot_encoder_').get('categories_').items();
    if (categories.length !== trees.length) {
      throw new GatewayError(
        'INVALID_MODEL',
        `${estimator.label} has ${trees.length} trees and the leaves of ${categories.length}`,
      );
    }
    let width = 0;
    const planted = trees.map((tree, at) => {
      const leaves = (categories[at] as Stored).numbersOfShape(-1).values;
      const target = columnsOfLeaves(tree, leaves, width, categories[at] as Stored);
      width += leaves.length;
      const values = new Float64Array(target.length).fill(1);
      return { tree: tree.tree, shape: tree.shape, values, target };
    });
    const indicators = treeEnsemble(graph, features.matrix(), planted, {
      targets: width,
      test: '<=',
      compare: 'float',
      sums: 'float',
    });
    return Features.made(graph, graph.castReal(indicators), width);
  },
};

/** At each leaf's node, its column. */
function columnsOfLeaves(
  { tree, shape }: FittedTree,
  leaves: Float64Array,
  first: number,
  stored: Stored,
): Int32Array {
  const columns = new Int32Array(tree.yes.length).fill(-1);
  for (const [at, leaf] of leaves.entries()) if (leaf in columns) columns[leaf] = first + at;
  const stranger = shape.leaves.find((leaf) => columns[leaf] === -1);
  if (stranger === undefined) return columns;
  throw new GatewayError(
    'INVALID_MODEL',
    `${stored.path} does not name leaf ${stranger}, which a row may reach`,
  );
}
