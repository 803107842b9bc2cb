import type { NdArray, ObjectArray } from '../../../src/formats/fitted/values/nd-array.ts';
import type {
  StoredList,
  StoredMap,
  StoredObject,
  StoredValue,
} from '../../../src/formats/fitted/values/stored-value.ts';

/** Values of a model file, made by hand. */

/** An object: `object('sklearn.linear_model._base.LinearRegression', { coef_: doubles([1, 2]) })`. */
export function object(type: string, attributes: Readonly<Record<string, StoredValue>> = {}): StoredObject {
  return { kind: 'object', type, args: [], attributes: new Map(Object.entries(attributes)) };
}

export function list(...items: StoredValue[]): StoredList {
  return { kind: 'list', items };
}

/** A one-dimensional array of Python objects. */
export function objects(items: readonly StoredValue[]): ObjectArray {
  return { kind: 'object-array', shape: [items.length], items };
}

/** A dict with texts as keys. */
export function map(entries: Readonly<Record<string, StoredValue>>): StoredMap {
  return { kind: 'map', entries: new Map(Object.entries(entries)) };
}

/** An array of float64. */
export function doubles(values: readonly number[], shape: readonly number[] = [values.length]): NdArray {
  return plainArray('f', 8, new Uint8Array(Float64Array.from(values).buffer), shape);
}

/** An array of int64. */
export function integers(values: readonly number[], shape: readonly number[] = [values.length]): NdArray {
  return plainArray('i', 8, new Uint8Array(BigInt64Array.from(values, BigInt).buffer), shape);
}

/** An array of bool. */
export function booleans(values: readonly boolean[], shape: readonly number[] = [values.length]): NdArray {
  return plainArray('b', 1, Uint8Array.from(values, Number), shape);
}

/** An array of texts, as long as the longest. */
export function texts(values: readonly string[], shape: readonly number[] = [values.length]): NdArray {
  const points = values.map((value) => Array.from(value, (character) => character.codePointAt(0) as number));
  const length = Math.max(1, ...points.map((text) => text.length));
  const codes = points.flatMap((text) => [...text, ...new Array<number>(length - text.length).fill(0)]);
  return plainArray('U', length * 4, new Uint8Array(Uint32Array.from(codes).buffer), shape);
}

function plainArray(
  letter: 'f' | 'i' | 'b' | 'U',
  itemBytes: number,
  bytes: Uint8Array,
  shape: readonly number[],
): NdArray {
  return { kind: 'array', dtype: { letter, itemBytes, littleEndian: true }, shape, bytes, isFortran: false };
}
