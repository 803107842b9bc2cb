import { GatewayError } from '../../../../../errors.ts';
import type { GraphBuilder, GraphValue } from '../../../graph/graph-builder.ts';
import type { Stored } from '../../../values/stored.ts';
import type { Features } from '../../features.ts';
import { leafTree } from '../../trees/leaf-tree.ts';
import { checkTree } from '../../trees/tree.ts';
import { type EnsembleTree, treeEnsemble } from '../../trees/tree-ensemble.ts';
import { checkCategories } from './xgboost-columns.ts';
import { linearMargins } from './xgboost-linear.ts';
import { integerText, type XgboostModel } from './xgboost-model.ts';
import { xgboostTree } from './xgboost-tree.ts';

export interface MarginOptions {
  /** Whether trees behind the best iteration of early stopping are left out. */
  readonly stopsAtBest: boolean;
  /**
   * Whether rows are predicted in place, as by the classes of the scikit-learn interface; a Booster makes a DMatrix of them.
   * With `dart` the two round differently.
   */
  readonly isInPlace: boolean;
}

/**
 * Margins of each row, `[rows, groups]`, in single precision. XGBoost begins with the base margin and adds tree after tree, in
 * single precision; so does the runtime, in one thread, where the base is the first tree: the margin is the same to its last
 * bit.
 */
export function xgboostMargins(
  model: XgboostModel,
  features: Features,
  graph: GraphBuilder,
  options: MarginOptions,
): GraphValue {
  if (features.width !== model.width) {
    throw new GatewayError(
      'INVALID_MODEL',
      `${model.state.path} was trained on ${model.width} columns, and gets ${features.width}`,
    );
  }
  if (model.booster === 'gblinear') return linearMargins(model, features, graph);
  checkCategories(model.state, features);
  const trees = boostedTrees(model, options);
  const matrix = withWholeCategories(features, graph, trees);
  const bases = model.baseMargins.map((value, target) => leafTree(value, target));
  return treeEnsemble(graph, matrix, [...bases, ...trees], {
    targets: model.groups,
    test: '<',
    compare: 'float',
    sums: 'float',
  });
}

function boostedTrees(model: XgboostModel, options: MarginOptions): EnsembleTree[] {
  const { state, groups, width } = model;
  const stored = state.get('trees').items();
  const groupOf = state.get('tree_info').numbersOfShape(stored.length).values;
  const drops = model.weightDrop?.numbersOfShape(stored.length).values ?? null;
  const count = options.stopsAtBest ? treesUntilBest(model, stored.length) : stored.length;
  return stored.slice(0, count).flatMap((tree, at) => {
    const targets = leafTargets(tree, groups);
    const group = targets > 1 ? 0 : (groupOf[at] as number);
    if (!Number.isInteger(group) || group < 0 || group >= groups)
      throw new GatewayError('INVALID_MODEL', `${tree.path} is of group ${group}, and there are ${groups}`);
    const { tree: plain, values } = xgboostTree(tree, targets);
    const shape = checkTree(plain, width, tree.path);
    return Array.from({ length: targets }, (_, target) => {
      const base = options.isInPlace ? (model.baseMargins[group + target] as number) : 0;
      const own = targets === 1 ? values : values.filter((_value, index) => index % targets === target);
      const weighted = drops === null ? own : dropped(own, drops[at] as number, base);
      return { tree: plain, shape, values: weighted, target: group + target };
    });
  });
}

/** Values of a leaf: 1, or one for each group. Versions before 2.1 write 0 for one. */
function leafTargets(tree: Stored, groups: number): number {
  const params = tree.get('tree_param');
  const size = params.has('size_leaf_vector') ? integerText(params, 'size_leaf_vector') : 1;
  if (size <= 1) return 1;
  if (size === groups) return size;
  throw new GatewayError('INVALID_MODEL', `${tree.path} has leaves of ${size} values for ${groups} groups`);
}

/** In place, the base margin is added to a single tree's answer, and taken away again, before it is weighted. */
function dropped(values: Float32Array, weight: number, base: number): Float32Array {
  const single = Math.fround(weight);
  return values.map((value) => Math.fround(Math.fround(Math.fround(base + value) - base) * single));
}

/** Trees of the iterations from the first to the best. */
function treesUntilBest({ state, groups, bestIteration }: XgboostModel, count: number): number {
  if (bestIteration === null) return count;
  const starts = state.find('iteration_indptr')?.numbers().values;
  const parallel = Math.max(1, integerText(state.get('gbtree_model_param'), 'num_parallel_tree'));
  const end = starts === undefined ? (bestIteration + 1) * parallel * groups : starts[bestIteration + 1];
  if (end !== undefined && Number.isInteger(end) && end >= 0 && end <= count) return end;
  throw new GatewayError(
    'INVALID_MODEL',
    `${state.path}: the best iteration is ${bestIteration}, and there are ${count} trees`,
  );
}

/** A category is the whole part of a number; what is below zero is none. */
function withWholeCategories(
  features: Features,
  graph: GraphBuilder,
  trees: readonly EnsembleTree[],
): GraphValue {
  const matrix = features.matrix();
  const categorical = new Set<number>();
  for (const { tree } of trees)
    for (const node of tree.sets?.keys() ?? []) categorical.add(tree.feature[node] as number);
  if (categorical.size === 0) return matrix;
  const mask = graph.bools(Array.from({ length: features.width }, (_, column) => categorical.has(column)));
  return graph.op('Where', mask, graph.op('Floor', matrix), matrix);
}
