import { GatewayError } from '../../../../errors.ts';
import type { StoredObject, StoredValue } from '../../values/stored-value.ts';
import { doubleArray } from '../double-array.ts';
import { HEAP_COST, type HeapBudget } from '../heap-budget.ts';
import { newObject } from '../inert-object.ts';
import { PLAIN_OBJECT } from '../json-value.ts';
import { BinaryCursor } from './binary-cursor.ts';

/** Bytes that are kept for later versions behind the fields of a record. */
const RESERVED = { learner: 26 * 4, trees: 32 * 4, tree: 31 * 4, linear: 32 * 4 } as const;
const NODE_BYTES = 20;
const STATISTICS_BYTES = 16;
const DEFAULT_LEFT = 0x80000000;

/**
 * Reads the binary format of XGBoost 1.0 to 2.0 (`src/learner.cc`, `src/gbm/gbtree_model.h`, `include/xgboost/tree_model.h` of
 * these versions), which MLflow 2 wrote unless it was told otherwise. The value is the one that the same model in JSON gives, as
 * far as it is needed to predict; it has no names of columns.
 *
 * @param bytes what follows `binf`.
 * @throws GatewayError INVALID_MODEL; UNSUPPORTED_MODEL for what older versions wrote.
 */
export function readBinary(bytes: Uint8Array, budget: HeapBudget): StoredObject {
  const cursor = new BinaryCursor(bytes);
  const baseScore = cursor.float32();
  const [features, classes, hasAttributes, , major, minor, targets] = Array.from({ length: 7 }, () =>
    cursor.int32(),
  );
  cursor.skip(RESERVED.learner);
  if (major !== 1 && major !== 2) {
    throw new GatewayError(
      'UNSUPPORTED_MODEL',
      'the model is in the binary format of XGBoost before 1.0: load it with XGBoost 1.x or 2.0 and save it with booster.save_model("model.json")',
    );
  }
  const objective = cursor.text();
  const gradientBooster = readBooster(cursor, cursor.text(), budget);
  return plain({
    version: { kind: 'list', items: [major, minor ?? 0] },
    learner: plain({
      attributes: hasAttributes === 0 ? plain({}) : readAttributes(cursor, budget),
      gradient_booster: gradientBooster,
      learner_model_param: plain({
        base_score: String(baseScore),
        num_class: String(classes),
        num_feature: String(features),
        num_target: String(Math.max(1, targets ?? 1)),
      }),
      objective: plain({ name: objective }),
    }),
  });
}

function readBooster(cursor: BinaryCursor, name: string, budget: HeapBudget): StoredObject {
  switch (name) {
    case 'gbtree':
      return plain({ name, model: readTrees(cursor, budget) });
    case 'dart': {
      const gbtree = plain({ name: 'gbtree', model: readTrees(cursor, budget) });
      return plain({ name, gbtree, weight_drop: readFloats(cursor, budget) });
    }
    case 'gblinear':
      cursor.skip(2 * 4 + RESERVED.linear);
      return plain({ name, model: plain({ weights: readFloats(cursor, budget) }) });
    default:
      throw cursor.broken(`has a booster "${name.slice(0, 40)}"`);
  }
}

function readTrees(cursor: BinaryCursor, budget: HeapBudget): StoredObject {
  const count = cursor.int32();
  const parallel = cursor.int32();
  cursor.skip(6 * 4 + RESERVED.trees);
  cursor.require(count, NODE_BYTES);
  const trees: StoredValue[] = [];
  for (let index = 0; index < count; index += 1) trees.push(readTree(cursor, budget));
  budget.take(8 * count);
  const groups = Float64Array.from({ length: count }, () => cursor.int32());
  return plain({
    gbtree_model_param: plain({ num_parallel_tree: String(Math.max(1, parallel)), num_trees: String(count) }),
    tree_info: doubleArray(groups),
    trees: { kind: 'list', items: trees },
  });
}

function readTree(cursor: BinaryCursor, budget: HeapBudget): StoredObject {
  cursor.skip(4);
  const count = cursor.int32();
  cursor.skip(3 * 4);
  const leafValues = cursor.int32();
  cursor.skip(RESERVED.tree);
  if (leafValues > 1) throw cursor.broken(`has leaves of ${leafValues} values`);
  cursor.require(count, NODE_BYTES + STATISTICS_BYTES);
  budget.take(2 * HEAP_COST.map + 5 * (HEAP_COST.entry + HEAP_COST.array + 8 * count));
  const [left, right, feature, condition, defaultLeft] = Array.from(
    { length: 5 },
    () => new Float64Array(count),
  ) as [Float64Array, Float64Array, Float64Array, Float64Array, Float64Array];
  for (let node = 0; node < count; node += 1) {
    cursor.skip(4);
    left[node] = cursor.int32();
    right[node] = cursor.int32();
    const split = cursor.int32() >>> 0;
    feature[node] = split & ~DEFAULT_LEFT;
    defaultLeft[node] = split >= DEFAULT_LEFT ? 1 : 0;
    condition[node] = cursor.float32();
  }
  cursor.skip(count * STATISTICS_BYTES);
  return plain({
    left_children: doubleArray(left),
    right_children: doubleArray(right),
    split_indices: doubleArray(feature),
    split_conditions: doubleArray(condition),
    default_left: doubleArray(defaultLeft),
    tree_param: plain({}),
  });
}

function readFloats(cursor: BinaryCursor, budget: HeapBudget): StoredValue {
  const count = cursor.count(4);
  budget.take(HEAP_COST.array + 8 * count);
  return doubleArray(Float64Array.from({ length: count }, () => cursor.float32()));
}

function readAttributes(cursor: BinaryCursor, budget: HeapBudget): StoredObject {
  const count = cursor.count(16);
  const attributes = plain({});
  for (let index = 0; index < count; index += 1) {
    const name = cursor.text();
    const value = cursor.text();
    budget.take(HEAP_COST.entry + 2 * HEAP_COST.scalar + name.length + value.length);
    attributes.attributes.set(name, value);
  }
  return attributes;
}

function plain(members: Readonly<Record<string, StoredValue>>): StoredObject {
  const object = newObject(PLAIN_OBJECT);
  for (const [name, value] of Object.entries(members)) object.attributes.set(name, value);
  return object;
}
