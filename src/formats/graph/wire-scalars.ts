import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { messageOf } from '../../errors.ts';
import type { ByteRange, WireField, WireFile } from './wire-file.ts';

/** The value of a varint field as a signed integer, rounded beyond 2^53. 0 if the field is of another kind. */
export function readInteger(file: WireFile, field: WireField): number {
  if (field.wireType !== WireType.Varint) return 0;
  return Number(readIntegers(file, field.value)[0] ?? 0n);
}

/**
 * The integers in `range`: a packed field's value, or a single varint.
 *
 * @throws GatewayError INVALID_MODEL.
 */
export function readIntegers(file: WireFile, range: ByteRange): bigint[] {
  const reader = new BinaryReader(file.bytes(range));
  const values: bigint[] = [];
  try {
    while (reader.pos < reader.len) values.push(BigInt(reader.int64()));
  } catch (error) {
    throw file.invalid(`is no ONNX model (${messageOf(error)} near byte ${range.start})`);
  }
  return values;
}

/** The floats in `range`: a packed field's value, or a single one. */
export function readFloats(file: WireFile, range: ByteRange): number[] {
  const view = dataView(file, range);
  return Array.from({ length: Math.floor(view.byteLength / 4) }, (_, index) =>
    view.getFloat32(index * 4, true),
  );
}

/** The doubles in `range`: a packed field's value, or a single one. */
export function readDoubles(file: WireFile, range: ByteRange): number[] {
  const view = dataView(file, range);
  return Array.from({ length: Math.floor(view.byteLength / 8) }, (_, index) =>
    view.getFloat64(index * 8, true),
  );
}

function dataView(file: WireFile, range: ByteRange): DataView {
  const bytes = file.bytes(range);
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
