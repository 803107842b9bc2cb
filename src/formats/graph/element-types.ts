import type { TensorType } from '../../model/tensor.ts';

/** One element of a decoded tensor. */
export type ElementValue = string | bigint | number | boolean;

/** TensorProto.DataType → the type's name, for those that onnxruntime-node takes and gives. */
export const ELEMENT_TYPES: ReadonlyMap<number, TensorType> = new Map([
  [1, 'float32'],
  [2, 'uint8'],
  [3, 'int8'],
  [4, 'uint16'],
  [5, 'int16'],
  [6, 'int32'],
  [7, 'int64'],
  [8, 'string'],
  [9, 'bool'],
  [10, 'float16'],
  [11, 'float64'],
  [12, 'uint32'],
  [13, 'uint64'],
]);

const OTHER_NAMES: ReadonlyMap<number, string> = new Map([
  [14, 'complex64'],
  [15, 'complex128'],
  [16, 'bfloat16'],
  [17, 'float8e4m3fn'],
  [18, 'float8e4m3fnuz'],
  [19, 'float8e5m2'],
  [20, 'float8e5m2fnuz'],
  [21, 'uint4'],
  [22, 'int4'],
  [23, 'float4e2m1'],
]);

/** For messages. */
export function elementTypeName(elementType: number): string {
  return ELEMENT_TYPES.get(elementType) ?? OTHER_NAMES.get(elementType) ?? `type ${elementType}`;
}

/** Decodes little-endian `raw_data`; `null` for types that no list of class labels has. */
export function readRawValues(bytes: Uint8Array, type: TensorType): ElementValue[] | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const each = (size: number, read: (offset: number) => ElementValue) =>
    Array.from({ length: Math.floor(bytes.length / size) }, (_, index) => read(index * size));
  switch (type) {
    case 'int64':
      return each(8, (offset) => view.getBigInt64(offset, true));
    case 'uint64':
      return each(8, (offset) => view.getBigUint64(offset, true));
    case 'int32':
      return each(4, (offset) => BigInt(view.getInt32(offset, true)));
    case 'float32':
      return each(4, (offset) => view.getFloat32(offset, true));
    case 'float64':
      return each(8, (offset) => view.getFloat64(offset, true));
    case 'bool':
      return each(1, (offset) => view.getUint8(offset) !== 0);
    case 'uint8':
      return each(1, (offset) => BigInt(view.getUint8(offset)));
    case 'int8':
      return each(1, (offset) => BigInt(view.getInt8(offset)));
    default:
      return null;
  }
}
