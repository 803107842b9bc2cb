import type { OnnxValue, OnnxValueType } from './onnx-model.ts';
import type { ByteRange, WireFile } from './wire-file.ts';
import { readInteger } from './wire-scalars.ts';

const VALUE_INFO = { name: 1, type: 2 };
const TYPE = { tensor: 1, sequence: 4, map: 5, sparseTensor: 8, optional: 9 };
const TENSOR_TYPE = { elementType: 1, shape: 2 };
const SEQUENCE_TYPE = { elementType: 1 };
const SHAPE = { dimension: 1 };
const DIMENSION = { value: 1 };

/** Reads a ValueInfoProto. */
export function readValue(file: WireFile, range: ByteRange): OnnxValue {
  let name = '';
  let type: OnnxValueType = { kind: 'untyped' };
  for (const field of file.fields(range)) {
    if (field.number === VALUE_INFO.name) name = file.text(field.value);
    else if (field.number === VALUE_INFO.type) type = readType(file, field.value);
  }
  return { name, type };
}

function readType(file: WireFile, range: ByteRange): OnnxValueType {
  for (const field of file.fields(range)) {
    switch (field.number) {
      case TYPE.tensor:
        return readTensorType(file, field.value);
      case TYPE.sequence:
        return { kind: holdsMaps(file, field.value) ? 'maps' : 'sequence' };
      case TYPE.map:
        return { kind: 'map' };
      case TYPE.sparseTensor:
        return { kind: 'sparse tensor' };
      case TYPE.optional:
        return { kind: 'optional' };
    }
  }
  return { kind: 'untyped' };
}

function holdsMaps(file: WireFile, sequenceType: ByteRange): boolean {
  for (const field of file.fields(sequenceType)) {
    if (field.number !== SEQUENCE_TYPE.elementType) continue;
    for (const inner of file.fields(field.value)) return inner.number === TYPE.map;
  }
  return false;
}

function readTensorType(file: WireFile, range: ByteRange): OnnxValueType {
  let elementType = 0;
  let shape: number[] | null = null;
  for (const field of file.fields(range)) {
    if (field.number === TENSOR_TYPE.elementType) elementType = readInteger(file, field);
    else if (field.number === TENSOR_TYPE.shape) shape = readShape(file, field.value);
  }
  return { kind: 'tensor', elementType, shape };
}

function readShape(file: WireFile, range: ByteRange): number[] {
  const shape: number[] = [];
  for (const dimension of file.fields(range)) {
    if (dimension.number !== SHAPE.dimension) continue;
    let size = -1;
    for (const field of file.fields(dimension.value)) {
      if (field.number === DIMENSION.value) size = readInteger(file, field);
    }
    // Some exporters write 0 or a negative number for a dimension that is not known.
    shape.push(Number.isSafeInteger(size) && size > 0 ? size : -1);
  }
  return shape;
}
