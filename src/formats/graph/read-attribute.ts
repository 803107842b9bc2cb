import { WireType } from '@bufbuild/protobuf/wire';
import type { OnnxAttribute, OnnxNode } from './onnx-model.ts';
import type { WireFile } from './wire-file.ts';
import { readFloats, readIntegers } from './wire-scalars.ts';

const ATTRIBUTE = { float: 2, integer: 3, string: 4, floats: 7, integers: 8, strings: 9 };
/** Longer ones are the numbers of a tree ensemble, which nobody wants decoded. */
const MAX_DECODED_BYTES = 8 * 1024 * 1024;

/** The values of a node's attribute; what it does not hold is empty. */
export interface AttributeValues {
  readonly integers: readonly bigint[];
  readonly floats: readonly number[];
  readonly strings: readonly string[];
}

/** A graph's outputs may all be traced to the same attribute. */
const decoded = new WeakMap<OnnxAttribute, AttributeValues>();
const NONE: AttributeValues = { integers: [], floats: [], strings: [] };

/** Decodes the attribute called `name`, single values as lists of one. Empty if the node has none. */
export function readAttribute(file: WireFile, node: OnnxNode, name: string): AttributeValues {
  const attribute = node.attributes.get(name);
  if (attribute === undefined || attribute.range.end - attribute.range.start > MAX_DECODED_BYTES) return NONE;
  const known = decoded.get(attribute);
  if (known !== undefined) return known;
  const integers: bigint[] = [];
  const floats: number[] = [];
  const strings: string[] = [];
  for (const { number, value } of file.fields(attribute.range)) {
    if (number === ATTRIBUTE.integer || number === ATTRIBUTE.integers) {
      for (const integer of readIntegers(file, value)) integers.push(integer);
    } else if (number === ATTRIBUTE.float || number === ATTRIBUTE.floats) {
      for (const float of readFloats(file, value)) floats.push(float);
    } else if (number === ATTRIBUTE.string || number === ATTRIBUTE.strings) strings.push(file.text(value));
  }
  const values = { integers, floats, strings };
  decoded.set(attribute, values);
  return values;
}

/** Whether a list of integers, which may have millions, holds another one than 0. */
export function hasNonZeroInteger(file: WireFile, attribute: OnnxAttribute): boolean {
  for (const field of file.fieldRuns(attribute.range, new Set([ATTRIBUTE.strings]))) {
    if (field.number !== ATTRIBUTE.integers) continue;
    const bytes = file.bytes({ start: field.value.start, end: field.end });
    if (field.wireType === WireType.LengthDelimited) {
      if (bytes.some((byte) => (byte & 0x7f) !== 0)) return true;
    } else if (hasNonZeroInRun(bytes)) return true;
  }
  return false;
}

/** `bytes` is a varint, then again and again a one-byte tag and a varint. */
function hasNonZeroInRun(bytes: Uint8Array): boolean {
  let isTag = false;
  for (const byte of bytes) {
    if (isTag) isTag = false;
    else if ((byte & 0x7f) !== 0) return true;
    else isTag = byte < 0x80;
  }
  return false;
}
