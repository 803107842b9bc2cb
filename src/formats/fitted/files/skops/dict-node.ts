import type { StoredMap, StoredValue } from '../../values/stored-value.ts';
import { MAX_INTEGER_DIGITS } from '../bounds.ts';
import { JsonObject, type PythonJson } from './python-json.ts';
import { brokenSkops, type SkopsNode } from './skops-node.ts';
import type { SkopsReader } from './skops-reader.ts';

/** A dict. JSON has turned its keys into texts; their classes stand in a list beside them, in the same order. */
export function readDict(reader: SkopsReader, node: SkopsNode): StoredMap {
  const { keys, values } = node.members('content');
  const typeOf = keyTypes(node.get('key_types'), keys.length);
  const entries = new Map<StoredValue, StoredValue>();
  keys.forEach((key, index) => {
    entries.set(restoredKey(key, typeOf(index)), reader.read(values[index]));
  });
  return { kind: 'map', entries };
}

/**
 * The class of each key, by its place. skops leaves out members that are Python properties but not their types; then
 * only one type for all of them tells anything.
 */
function keyTypes(node: PythonJson | undefined, count: number): (index: number) => string {
  const content = node instanceof JsonObject ? node.get('content') : undefined;
  if (!Array.isArray(content)) throw brokenSkops('a dict has no types of its keys');
  const types = content.map((type) => (type instanceof JsonObject ? type.get('__class__') : undefined));
  if (types.length === count) return (index) => textOf(types[index]);
  const only = types.every((type) => type === types[0]) ? textOf(types[0]) : 'str';
  return () => only;
}

function textOf(type: PythonJson | undefined): string {
  return typeof type === 'string' ? type : 'str';
}

const INTEGER = /^u?int(?:\d+|c|p)?$|^u?long(?:long)?$/;
const FLOAT = /^float(?:\d+)?$/;

function restoredKey(key: string, type: string): StoredValue {
  if (type === 'str') return key;
  if (type === 'NoneType' && key === 'null') return null;
  if ((type === 'bool' || type === 'bool_') && (key === 'true' || key === 'false')) return key === 'true';
  if (INTEGER.test(type) && /^-?\d+$/.test(key) && key.length <= MAX_INTEGER_DIGITS) {
    const number = Number(key);
    return Number.isSafeInteger(number) ? number : BigInt(key);
  }
  if (FLOAT.test(type)) return floatOf(key);
  return key;
}

function floatOf(key: string): StoredValue {
  if (key === 'NaN' || key === 'Infinity' || key === '-Infinity') return Number(key);
  const number = Number(key);
  return Number.isNaN(number) || key === '' ? key : number;
}
