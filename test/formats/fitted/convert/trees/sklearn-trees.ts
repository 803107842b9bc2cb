import type { NdArray, RecordDtype } from '../../../../../src/formats/fitted/values/nd-array.ts';
import type { StoredObject, StoredValue } from '../../../../../src/formats/fitted/values/stored-value.ts';
import { doubles, integers, list, object } from '../../build-stored.ts';

/** Trees as scikit-learn keeps them, made by hand. */

export interface Node {
  readonly left_child: number;
  readonly right_child: number;
  readonly feature?: number;
  readonly threshold?: number;
}

export const LEAF: Node = { left_child: -1, right_child: -1 };
/** A root that compares column 0 with 0.1, and two leaves. */
export const STUMP: readonly Node[] = [
  { left_child: 1, right_child: 2, feature: 0, threshold: 0.1 },
  LEAF,
  LEAF,
];

const DTYPE: RecordDtype = {
  letter: 'record',
  itemBytes: 64,
  fields: [
    { name: 'left_child', dtype: { letter: 'i', itemBytes: 8, littleEndian: true }, offset: 0 },
    { name: 'right_child', dtype: { letter: 'i', itemBytes: 8, littleEndian: true }, offset: 8 },
    { name: 'feature', dtype: { letter: 'i', itemBytes: 8, littleEndian: true }, offset: 16 },
    { name: 'threshold', dtype: { letter: 'f', itemBytes: 8, littleEndian: true }, offset: 24 },
    { name: 'n_node_samples', dtype: { letter: 'i', itemBytes: 8, littleEndian: true }, offset: 40 },
    { name: 'missing_go_to_left', dtype: { letter: 'u', itemBytes: 1, littleEndian: true }, offset: 56 },
  ],
};

function nodeArray(nodes: readonly Node[]): NdArray {
  const bytes = new Uint8Array(nodes.length * DTYPE.itemBytes);
  const view = new DataView(bytes.buffer);
  for (const [at, { left_child, right_child, feature = -2, threshold = -2 }] of nodes.entries()) {
    view.setBigInt64(at * 64, BigInt(left_child), true);
    view.setBigInt64(at * 64 + 8, BigInt(right_child), true);
    view.setBigInt64(at * 64 + 16, BigInt(feature), true);
    view.setFloat64(at * 64 + 24, threshold, true);
    view.setBigInt64(at * 64 + 40, 10n, true);
  }
  return { kind: 'array', dtype: DTYPE, shape: [nodes.length], bytes, isFortran: false };
}

/** A single tree. @param values `[nodes, 1, values / nodes]`. */
export function decisionTree(
  className: string,
  nodes: readonly Node[],
  values: readonly number[],
  attributes: Readonly<Record<string, StoredValue>> = {},
): StoredObject {
  const isClassifier = className.endsWith('Classifier');
  return object(`sklearn.tree._classes.${className}`, {
    n_features_in_: 2,
    n_outputs_: 1,
    splitter: 'best',
    criterion: isClassifier ? 'gini' : 'squared_error',
    _sklearn_version: '1.9.1',
    ...(isClassifier ? { classes_: integers([0, 1]) } : {}),
    tree_: object('sklearn.tree._tree.Tree', {
      nodes: nodeArray(nodes),
      values: doubles(values, [nodes.length, 1, nodes.length === 0 ? 1 : values.length / nodes.length]),
    }),
    ...attributes,
  });
}

/** A forest of these trees. */
export function forest(
  className: string,
  trees: readonly StoredValue[],
  attributes: Readonly<Record<string, StoredValue>> = {},
): StoredObject {
  return object(`sklearn.ensemble._forest.${className}`, {
    n_features_in_: 2,
    n_outputs_: 1,
    criterion: className.endsWith('Classifier') ? 'gini' : 'squared_error',
    _sklearn_version: '1.9.1',
    classes_: integers([0, 1]),
    estimators_: list(...trees),
    ...attributes,
  });
}
