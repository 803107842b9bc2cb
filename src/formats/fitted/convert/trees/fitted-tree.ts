import { GatewayError } from '../../../../errors.ts';
import type { Stored } from '../../values/stored.ts';
import { int32s } from './int32s.ts';
import { checkTree, type Tree, type TreeShape } from './tree.ts';

/** A tree that scikit-learn fitted. Rows are rounded to single precision, then compared by `<=`. */
export interface FittedTree {
  readonly tree: Tree;
  readonly shape: TreeShape;
  /** `[nodes, outputs, classes]`, row-major; one class for a regressor. Rows of nodes that are no leaves say nothing. */
  readonly values: Float64Array;
  readonly outputs: number;
  /** Of the output with the most classes. */
  readonly classes: number;
  /** The state that it was read from, a `sklearn.tree._tree.Tree`. */
  readonly stored: Stored;
}

/**
 * The `tree_` of an estimator, checked.
 *
 * @param width columns that the estimator gets.
 * @throws GatewayError INVALID_MODEL; UNSUPPORTED_MODEL if it is too deep.
 */
export function fittedTree(estimator: Stored, width: number): FittedTree {
  const stored = estimator.get('tree_');
  const nodes = stored.get('nodes');
  const tree: Tree = {
    yes: int32s(nodes.field('left_child')),
    no: int32s(nodes.field('right_child')),
    feature: int32s(nodes.field('feature')),
    threshold: nodes.field('threshold'),
    missing: nodes.hasField('missing_go_to_left') ? Uint8Array.from(nodes.field('missing_go_to_left')) : null,
    sets: null,
  };
  const shape = checkTree(tree, width, nodes.path);
  const { values, shape: dims } = stored.get('values').numbersOfShape(tree.yes.length, -1, -1);
  const [, outputs, classes] = dims as [number, number, number];
  if (outputs * classes === 0) throw new GatewayError('INVALID_MODEL', `${stored.path}.values is empty`);
  return { tree, shape, values, outputs, classes, stored };
}

/** The columns that a member of an ensemble gets. @throws GatewayError INVALID_MODEL if one is not there. */
export function columnsOf(stored: Stored, width: number): Int32Array {
  const columns = int32s(stored.numbersOfShape(-1).values);
  const wrong = columns.find((column) => column < 0 || column >= width);
  if (wrong === undefined) return columns;
  throw new GatewayError('INVALID_MODEL', `${stored.path} names column ${wrong} of ${width}`);
}

/** The tree of a member that gets only `columns`, asking for the columns that the ensemble gets. */
export function onColumns(estimator: Stored, columns: Int32Array): FittedTree {
  const fitted = fittedTree(estimator, columns.length);
  const feature = fitted.tree.feature.map((column) => (column < 0 ? column : (columns[column] as number)));
  return { ...fitted, tree: { ...fitted.tree, feature } };
}
