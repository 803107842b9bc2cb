import { scalarsOf } from '../../values/array-elements.ts';
import { elementsIn } from '../../values/nd-array.ts';
import type { StoredObject, StoredValue } from '../../values/stored-value.ts';
import { checkedShape, dtypeValue, isPlain, unknownArray } from '../array-dtype.ts';
import { readNpy } from '../npy.ts';
import { isList } from '../stored-kind.ts';
import { Zip } from '../zip.ts';
import { brokenSkops, SkopsNode } from './skops-node.ts';
import type { SkopsReader } from './skops-reader.ts';

/** An array, or a number of numpy, which skops writes as an array without dimensions. */
export function readArray(reader: SkopsReader, node: SkopsNode): StoredValue {
  if (node.get('type') === 'json') return readObjectArray(reader, node);
  const { dtype, array } = reader.array(node);
  if (node.className === 'ndarray' || array.kind !== 'array' || array.shape.length > 0) return array;
  if (!isPlain(dtype)) return array;
  return dtype.letter === 'S' || dtype.letter === 'V' ? array.bytes : (scalarsOf(array)[0] ?? null);
}

/** Objects in nested lists, as deep as the array has dimensions; the objects can be lists themselves. */
function readObjectArray(reader: SkopsReader, node: SkopsNode): StoredValue {
  const shapeValue = reader.read(node.get('shape'));
  if (!isList(shapeValue)) throw brokenSkops('an array has no shape');
  const shape = checkedShape(shapeValue.items);
  // Of an array without dimensions, skops keeps only a part of the object's node.
  if (shape.length === 0) return unknownArray({ letter: 'object' });
  let nodes: readonly unknown[] = node.list('content');
  for (let axis = 1; axis < shape.length; axis += 1) {
    nodes = nodes.flatMap((row) => new SkopsNode(row).list('content'));
  }
  if (nodes.length !== elementsIn(shape)) {
    throw brokenSkops(`an array of shape [${shape.join(', ')}] has ${nodes.length} objects`);
  }
  return { kind: 'object-array', shape, items: reader.readAll(nodes) };
}

/** The dtype of an empty array. */
export function readDtype(reader: SkopsReader, node: SkopsNode): StoredValue {
  const content = new SkopsNode(node.get('content'));
  if (content.get('type') === 'json') return dtypeValue({ letter: 'object' });
  return dtypeValue(reader.array(content).dtype);
}

/** scipy's `.npz`: its arrays under the names of the attributes that scipy gives them. */
export function readSparseMatrix(reader: SkopsReader, node: SkopsNode): StoredValue {
  return reader.file(node, (bytes, name): StoredObject => {
    const zip = new Zip(bytes, `"${name}"`, reader.budget);
    const matrix = reader.object(node);
    for (const entry of zip.names) {
      const { array } = readNpy(zip.read(entry), entry, new Map());
      const key = entry.replace(/\.npy$/, '');
      if (key === 'shape' && array.kind === 'array') {
        matrix.attributes.set('_shape', { kind: 'list', items: scalarsOf(array) });
      } else if (key !== 'format') matrix.attributes.set(key, array);
    }
    return matrix;
  });
}
