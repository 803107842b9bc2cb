import type { Precision } from '../../../../model/precision.ts';
import type { Attribute } from '../../../graph/encode-attribute.ts';
import type { GraphBuilder, GraphValue } from '../../graph/graph-builder.ts';
import { EnsembleArrays } from './ensemble-arrays.ts';
import type { Tree, TreeShape } from './tree.ts';

/** A tree of an ensemble: what its leaves add, and to which column of the answer. */
export interface EnsembleTree {
  readonly tree: Tree;
  readonly shape: TreeShape;
  /** At a leaf's node: what it adds. */
  readonly values: ArrayLike<number>;
  /** Column of the answer: one for the whole tree, or at a leaf's node its own. */
  readonly target: number | Int32Array;
}

export interface EnsembleOptions {
  /** Columns of the answer. */
  readonly targets: number;
  /** The test that sends a row to `yes`. */
  readonly test: '<=' | '<';
  /** Whether rows are rounded to single precision before they are compared, or compared as they are. */
  readonly compare: Precision;
  /** In what the leaves' values are held and added, tree after tree; also the type of the answer. */
  readonly sums: Precision;
}

/**
 * One TreeEnsemble: `[rows, targets]`, for each target the sum of the leaves that a row reaches in its trees.
 *
 * `matrix` is in the working precision. The answer is of type `sums`, and cast if the ensemble has to run in another type.
 */
export function treeEnsemble(
  graph: GraphBuilder,
  matrix: GraphValue,
  trees: readonly EnsembleTree[],
  options: EnsembleOptions,
): GraphValue {
  const isRounded = options.compare === 'float' || graph.precision === 'float';
  const precision = isRounded ? options.sums : 'double';
  const single = isRounded && graph.precision !== 'float' ? graph.cast(matrix, 'float') : matrix;
  const isInPlace = precision === (isRounded ? 'float' : graph.precision);
  const answer = graph.node('TreeEnsemble', [isInPlace ? single : graph.cast(single, precision)], {
    domain: 'ai.onnx.ml',
    attributes: attributesOf(
      graph,
      new EnsembleArrays(trees, options.test, precision),
      options.targets,
      precision,
    ),
  });
  return precision === options.sums ? answer : graph.cast(answer, options.sums);
}

function attributesOf(
  graph: GraphBuilder,
  arrays: EnsembleArrays,
  targets: number,
  precision: Precision,
): Record<string, Attribute> {
  return {
    n_targets: { integer: targets },
    tree_roots: { integers: arrays.roots },
    nodes_featureids: { integers: arrays.features },
    nodes_splits: graph.tensorAttribute(precision, arrays.splits),
    nodes_modes: graph.tensorAttribute('uint8', arrays.modes),
    nodes_truenodeids: { integers: arrays.yes },
    nodes_trueleafs: { integers: arrays.yesIsLeaf },
    nodes_falsenodeids: { integers: arrays.no },
    nodes_falseleafs: { integers: arrays.noIsLeaf },
    leaf_targetids: { integers: arrays.targets },
    leaf_weights: graph.tensorAttribute(precision, arrays.weights),
    ...(arrays.hasMissing ? { nodes_missing_value_tracks_true: { integers: arrays.missing } } : {}),
    ...(arrays.members.length > 0
      ? { membership_values: graph.tensorAttribute(precision, arrays.members) }
      : {}),
  };
}
