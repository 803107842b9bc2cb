import { WireType } from '@bufbuild/protobuf/wire';
import { elementCount } from '../../model/tensor.ts';
import { ELEMENT_TYPES, type ElementValue, readRawValues } from './element-types.ts';
import type { ExternalData, OnnxTensor } from './onnx-model.ts';
import type { ByteRange, WireField, WireFile } from './wire-file.ts';
import { readDoubles, readFloats, readInteger, readIntegers } from './wire-scalars.ts';

const TENSOR = {
  dims: 1,
  dataType: 2,
  floatData: 4,
  int32Data: 5,
  stringData: 6,
  int64Data: 7,
  name: 8,
  rawData: 9,
  doubleData: 10,
  uint64Data: 11,
  externalData: 13,
  dataLocation: 14,
};
const ENTRY = { key: 1, value: 2 };
const SKIPPED: ReadonlySet<number> = new Set([TENSOR.stringData]);
const EXTERNAL = 1;
/** Only lists of class labels are ever decoded. */
const MAX_DECODED_ELEMENTS = 100_000;
const MAX_DIMENSIONS = 64;

/** Reads a TensorProto without its values. */
export function readTensor(file: WireFile, range: ByteRange): OnnxTensor {
  const dims: number[] = [];
  const entries = new Map<string, string>();
  let name = '';
  let elementType = 0;
  let location = 0;
  for (const field of file.fieldRuns(range, SKIPPED)) {
    if (field.number === TENSOR.dims) dims.push(...readDims(file, field));
    else if (field.number === TENSOR.dataType) elementType = readInteger(file, field);
    else if (field.number === TENSOR.name) name = file.text(field.value);
    else if (field.number === TENSOR.dataLocation) location = readInteger(file, field);
    else if (field.number === TENSOR.externalData) entries.set(...readEntry(file, field.value));
    if (dims.length > MAX_DIMENSIONS) throw file.invalid('holds a tensor of too many dimensions');
  }
  const external = location === EXTERNAL ? externalDataOf(file, entries) : null;
  return { name, elementType, dims, range, external };
}

/** Repeated integers, whether packed or one field each (then `field` spans the run). */
function readDims(file: WireFile, field: WireField): number[] {
  if (field.end - field.start > 1024) throw file.invalid('holds a tensor of too many dimensions');
  if (field.wireType === WireType.LengthDelimited) return readIntegers(file, field.value).map(Number);
  return [...file.fields({ start: field.start, end: field.end })].map((one) => readInteger(file, one));
}

function readEntry(file: WireFile, range: ByteRange): [key: string, value: string] {
  let key = '';
  let value = '';
  for (const field of file.fields(range)) {
    if (field.number === ENTRY.key) key = file.text(field.value);
    else if (field.number === ENTRY.value) value = file.text(field.value);
  }
  return [key, value];
}

function externalDataOf(file: WireFile, entries: ReadonlyMap<string, string>): ExternalData {
  const offset = Number(entries.get('offset') ?? 0);
  const length = Number(entries.get('length') ?? 0);
  if (!Number.isSafeInteger(offset) || !Number.isSafeInteger(length) || offset < 0 || length < 0) {
    throw file.invalid('names external data at a place that is no number');
  }
  return { location: entries.get('location') ?? '', endByte: offset + length };
}

/**
 * The values of a small tensor; 64-bit integers are bigint, like all integers. `null` if it is large, lies in an
 * external file or has a type that no list of class labels has.
 */
export function readTensorValues(file: WireFile, tensor: OnnxTensor): readonly ElementValue[] | null {
  const count = elementCount(tensor.dims);
  if (tensor.external !== null || !(count <= MAX_DECODED_ELEMENTS)) return null;
  const type = ELEMENT_TYPES.get(tensor.elementType);
  if (type === undefined || tensor.range.end - tensor.range.start > 64 * MAX_DECODED_ELEMENTS) return null;
  const values: ElementValue[] = [];
  for (const field of file.fields(tensor.range)) {
    if (field.number === TENSOR.stringData) values.push(file.text(field.value));
    else if (field.number === TENSOR.rawData) return readRawValues(file.bytes(field.value), type);
    else if (field.number === TENSOR.floatData) values.push(...readFloats(file, field.value));
    else if (field.number === TENSOR.doubleData) values.push(...readDoubles(file, field.value));
    else if ([TENSOR.int32Data, TENSOR.int64Data, TENSOR.uint64Data].includes(field.number)) {
      for (const value of readIntegers(file, field.value))
        values.push(type === 'bool' ? value !== 0n : value);
    }
  }
  return values.length === count ? values : null;
}
