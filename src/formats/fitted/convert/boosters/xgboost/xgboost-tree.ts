import { GatewayError } from '../../../../../errors.ts';
import type { Stored } from '../../../values/stored.ts';
import type { Tree } from '../../trees/tree.ts';

const CATEGORICAL = 1;

/** A tree of XGBoost's, and what its leaves say. */
export interface XgboostTree {
  readonly tree: Tree;
  /** `[nodes, targets]`: at a leaf's node what it adds to each target, as single precision holds it. */
  readonly values: Float32Array;
}

/**
 * A tree as XGBoost's schema has it (`doc/model.schema`). A row goes to the left if its value is below the split condition, and
 * if it is not among the categories of a categorical split.
 *
 * @param targets values that each leaf has; more than one in trees of `multi_strategy="multi_output_tree"`.
 */
export function xgboostTree(stored: Stored, targets: number): XgboostTree {
  const left = integersIn(stored.get('left_children'));
  const count = left.length;
  const right = integersIn(stored.get('right_children'), count);
  const feature = integersIn(stored.get('split_indices'), count);
  const conditions = Float32Array.from(stored.get('split_conditions').numbersOfShape(count).values);
  const missing = Uint8Array.from(stored.get('default_left').numbersOfShape(count).values, (flag) =>
    flag === 0 ? 0 : 1,
  );
  const sets = categoriesOf(stored, count);
  const yes = Int32Array.from(left);
  const no = Int32Array.from(right);
  for (const node of sets?.keys() ?? []) {
    yes[node] = right[node] as number;
    no[node] = left[node] as number;
    missing[node] = 1 - (missing[node] as number);
  }
  const tree = { yes, no, feature, threshold: Float64Array.from(conditions), missing, sets };
  const values = targets === 1 ? conditions : leafVectors(stored, left, targets);
  for (let at = 0; at < values.length; at += 1) {
    const isLeaf = left[Math.floor(at / targets)] === -1;
    if (isLeaf && !Number.isFinite(values[at]))
      throw new GatewayError('INVALID_MODEL', `${stored.path} has a leaf of ${values[at]}`);
  }
  return { tree, values };
}

/** Leaves of several targets: the schema keeps them among the weights, `targets` for each node. */
function leafVectors(stored: Stored, left: Int32Array, targets: number): Float32Array {
  return Float32Array.from(stored.get('base_weights').numbersOfShape(left.length * targets).values);
}

/** The categories of each categorical split that is no leaf; `null` if there is none. */
function categoriesOf(stored: Stored, count: number): Map<number, readonly number[]> | null {
  const types = stored.find('split_type')?.numbersOfShape(count).values ?? new Float64Array(0);
  if (!types.includes(CATEGORICAL)) return null;
  const nodes = integersIn(stored.get('categories_nodes'));
  const starts = integersIn(stored.get('categories_segments'), nodes.length);
  const sizes = integersIn(stored.get('categories_sizes'), nodes.length);
  const categories = integersIn(stored.get('categories'));
  const sets = new Map<number, readonly number[]>();
  let total = 0;
  for (const [at, node] of nodes.entries()) {
    const start = starts[at] as number;
    const size = sizes[at] as number;
    total += size;
    // Honest segments follow one another, so that they are together no larger than the array.
    if (start < 0 || size < 0 || start + size > categories.length || total > categories.length) {
      throw new GatewayError(
        'INVALID_MODEL',
        `${stored.path}: the categories of node ${node} lie outside of its array`,
      );
    }
    if (node < 0 || node >= count || types[node] !== CATEGORICAL) {
      throw new GatewayError(
        'INVALID_MODEL',
        `${stored.path}: node ${node} has categories and is no categorical split`,
      );
    }
    sets.set(node, [...categories.subarray(start, start + size)]);
  }
  for (const [node, type] of types.entries()) {
    if (type === CATEGORICAL && !sets.has(node)) {
      throw new GatewayError('INVALID_MODEL', `${stored.path}: the categories of node ${node} are missing`);
    }
  }
  return sets;
}

/** Integers of 32 bits. @throws GatewayError INVALID_MODEL if there is anything else, or another number of them. */
function integersIn(stored: Stored, count = -1): Int32Array {
  const { values } = stored.numbersOfShape(count);
  const integers = Int32Array.from(values);
  if (integers.every((value, at) => value === values[at])) return integers;
  throw new GatewayError('INVALID_MODEL', `${stored.path} holds numbers that are no integers of 32 bits`);
}
