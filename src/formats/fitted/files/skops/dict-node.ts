import type { StoredMap, StoredObject, StoredValue } from '../../values/stored-value.ts';
import { applyState } from '../inert-object.ts';
import { parseInteger } from './json-scalar.ts';
import { KEY_MARK } from './parse-schema.ts';
import { brokenSkops, isMembers, SkopsNode } from './skops-node.ts';
import type { SkopsReader } from './skops-reader.ts';

/** A dict. JSON has turned its keys into texts; their classes stand in a list beside them, in the same order. */
export function readDict(reader: SkopsReader, node: SkopsNode): StoredMap {
  const content = node.members('content');
  const keys = Object.keys(content);
  const typeOf = keyTypes(node, keys.length);
  const entries = new Map<StoredValue, StoredValue>();
  keys.forEach((key, index) => {
    const text = unmarked(reader, key);
    const type = typeOf(index);
    entries.set(type === 'str' ? text : restoredKey(text, type), reader.read(content[key]));
  });
  return { kind: 'map', entries };
}

/** Gives an object its state, mostly a dict, whose members then are not put into a map first. */
export function readState(reader: SkopsReader, object: StoredObject, json: unknown): void {
  const node = new SkopsNode(json);
  if (node.loader !== 'DictNode' || !hasOnlyTexts(node)) {
    applyState(object, reader.read(json), reader.budget);
    return;
  }
  const content = node.members('content');
  for (const key of Object.keys(content)) {
    object.attributes.set(unmarked(reader, key), reader.read(content[key]));
  }
}

function unmarked({ hasMarkedKeys }: SkopsReader, key: string): string {
  return hasMarkedKeys && key.startsWith(KEY_MARK) ? key.slice(1) : key;
}

function hasOnlyTexts(node: SkopsNode): boolean {
  return keyTypeNodes(node).every((type) => isMembers(type) && type.__class__ === 'str');
}

/**
 * The class of each key, by its place. skops leaves out members that are Python properties but not their types; then
 * only one type for all of them tells anything.
 */
function keyTypes(node: SkopsNode, count: number): (index: number) => string {
  const types = keyTypeNodes(node).map((type) => (isMembers(type) ? type.__class__ : undefined));
  const textOf = (type: unknown) => (typeof type === 'string' ? type : 'str');
  if (types.length === count) return (index) => textOf(types[index]);
  const only = types.every((type) => type === types[0]) ? textOf(types[0]) : 'str';
  return () => only;
}

function keyTypeNodes(node: SkopsNode): readonly unknown[] {
  const { content } = node.members('key_types');
  if (Array.isArray(content)) return content;
  throw brokenSkops('a dict has no types of its keys');
}

const INTEGER_TYPE = /^u?int(?:\d+|c|p)?$|^u?long(?:long)?$/;
const FLOAT_TYPE = /^float(?:\d+)?$/;

function restoredKey(key: string, type: string): StoredValue {
  if (type === 'NoneType' && key === 'null') return null;
  if ((type === 'bool' || type === 'bool_') && (key === 'true' || key === 'false')) return key === 'true';
  if (INTEGER_TYPE.test(type) && /^-?\d+$/.test(key)) return parseInteger(key);
  if (FLOAT_TYPE.test(type)) return floatOf(key);
  return key;
}

function floatOf(key: string): StoredValue {
  if (key === 'NaN') return Number.NaN;
  const number = Number(key);
  return Number.isNaN(number) || key === '' ? key : number;
}
