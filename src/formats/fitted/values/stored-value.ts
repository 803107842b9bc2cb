import type { NdArray, ObjectArray } from './nd-array.ts';

/**
 * What a model file holds, as data: nothing of it was executed, and no name in it stands for code. Every reader
 * (`files/`) makes these values, and nothing that works with them knows which file they come from.
 *
 * Python's integers are numbers where they are safe, else bigints; numpy's scalars are plain values.
 * The values may share parts and be cyclic: follow named attributes, never walk everything.
 */
export type StoredValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | StoredList
  | StoredMap
  | StoredName
  | StoredObject
  | NdArray
  | ObjectArray;

/** A list, tuple or set, in the file's order. */
export interface StoredList {
  readonly kind: 'list';
  readonly items: StoredValue[];
}

/** A dict: its keys may be of any kind that is compared by value. */
export interface StoredMap {
  readonly kind: 'map';
  readonly entries: Map<StoredValue, StoredValue>;
}

/** A class or function that the file names, e.g. `numpy.float64`. */
export interface StoredName {
  readonly kind: 'name';
  /** Module and qualified name, joined by a dot; numpy's and Python 2's old module names are the new ones. */
  readonly name: string;
}

/** An instance of a class, or the result of a call, neither of which was made: what it would be made of. */
export interface StoredObject {
  readonly kind: 'object';
  /** The class or function, as in `StoredName`, e.g. `sklearn.linear_model._logistic.LogisticRegression`. */
  type: string;
  /** Arguments of its constructor, or of the call. */
  args: readonly StoredValue[];
  /** Its attributes. What is no attribute (a state that is no dict) stands under the empty name. */
  readonly attributes: Map<string, StoredValue>;
}
