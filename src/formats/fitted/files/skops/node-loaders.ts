import type { StoredList, StoredValue } from '../../values/stored-value.ts';
import { decodeBooster } from '../decode-booster.ts';
import { newObject } from '../inert-object.ts';
import { isList } from '../stored-kind.ts';
import { readDict, readState } from './dict-node.ts';
import { parseJsonScalar } from './json-scalar.ts';
import { readArray, readDtype, readSparseMatrix } from './numpy-nodes.ts';
import { brokenSkops, type SkopsNode } from './skops-node.ts';
import type { SkopsReader } from './skops-reader.ts';

/** Makes the value that a node describes. */
export type NodeLoader = (reader: SkopsReader, node: SkopsNode) => StoredValue;

/**
 * What the nodes mean, by their `__loader__` (skops, `io/_general.py`, `_numpy.py`, `_scipy.py` and `_sklearn.py`, of
 * protocols 0 to 2). Calls are the records that a pickle of the same value gives.
 */
export const NODE_LOADERS: ReadonlyMap<string, NodeLoader> = new Map<string, NodeLoader>([
  ['ObjectNode', readObject],
  ['TreeNode', readReduced],
  ['LossNode', readReduced],
  [
    'ConstructorFromReduceNode',
    (reader, node) => reader.object(node, itemsOf(reader.read(node.get('content')))),
  ],
  ['DictNode', readDict],
  ['DefaultDictNode', (reader, node) => reader.read(node.members('content').main)],
  ['ListNode', readList],
  ['SetNode', readList],
  ['TupleNode', readTuple],
  ['JsonNode', (_reader, node) => parseJsonScalar(node.text('content'))],
  ['TypeNode', (reader, node) => reader.name(node)],
  ['FunctionNode', (reader, node) => reader.name(node)],
  ['BytesNode', (reader, node) => reader.file(node, (bytes) => bytes)],
  ['BytearrayNode', (reader, node) => reader.file(node, (bytes) => bytes)],
  ['SliceNode', readSlice],
  ['PartialNode', readPartial],
  ['OperatorFuncNode', (reader, node) => reader.object(node, itemsOf(reader.read(node.get('attrs'))))],
  ['MethodNode', readMethod],
  ['NdArrayNode', readArray],
  ['DTypeNode', readDtype],
  ['SparseMatrixNode', readSparseMatrix],
  ['RandomStateNode', readObject],
]);

/** An object without a state has no content. */
function readObject(reader: SkopsReader, node: SkopsNode): StoredValue {
  const object = reader.object(node);
  const content = node.get('content');
  if (content !== undefined && content !== null) readState(reader, object, content);
  decodeBooster(object, reader.budget);
  return object;
}

function readReduced(reader: SkopsReader, node: SkopsNode): StoredValue {
  const object = reader.object(node, itemsOf(reader.read(node.members('__reduce__').args)));
  readState(reader, object, node.get('content'));
  return object;
}

function readList(reader: SkopsReader, node: SkopsNode): StoredList {
  return { kind: 'list', items: reader.readAll(node.list('content')) };
}

/** Named tuples have a class of their own. */
function readTuple(reader: SkopsReader, node: SkopsNode): StoredValue {
  const list = readList(reader, node);
  return node.className === 'tuple' ? list : reader.object(node, list.items);
}

function readSlice(_reader: SkopsReader, node: SkopsNode): StoredValue {
  const content = node.members('content');
  return newObject(
    'builtins.slice',
    ['start', 'stop', 'step'].map((key) => scalarOf(content[key])),
  );
}

/** As a pickle has it: made of the function, with function, arguments, keywords and attributes as its state. */
function readPartial(reader: SkopsReader, node: SkopsNode): StoredValue {
  const content = node.members('content');
  const state = ['func', 'args', 'kwds', 'namespace'].map((key) => reader.read(content[key]));
  const partial = newObject('functools.partial', state.slice(0, 1));
  partial.attributes.set('', { kind: 'list', items: state });
  return partial;
}

function readMethod(reader: SkopsReader, node: SkopsNode): StoredValue {
  const content = node.members('content');
  return newObject('builtins.getattr', [reader.read(content.obj), scalarOf(content.func)]);
}

function itemsOf(value: StoredValue): readonly StoredValue[] {
  if (isList(value)) return value.items;
  throw brokenSkops('the arguments of a call are no tuple');
}

function scalarOf(json: unknown): StoredValue {
  if (json === null || ['string', 'number', 'boolean'].includes(typeof json)) return json as StoredValue;
  throw brokenSkops('a plain value is missing');
}
