import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { type Attribute, encodeAttribute } from './encode-attribute.ts';

/** Messages of onnx.proto, encoded without their own tag and length. */
export type Encoded = Uint8Array;

export interface NodeDetails {
  readonly attributes?: Readonly<Record<string, Attribute>>;
  /** The default one if left out. */
  readonly domain?: string;
  /** The node's own name, for messages of the runtime. */
  readonly name?: string;
}

/** A NodeProto. */
export function encodeNode(
  opType: string,
  inputs: readonly string[],
  outputs: readonly string[],
  { attributes = {}, domain, name }: NodeDetails = {},
): Encoded {
  const writer = new BinaryWriter();
  for (const input of inputs) writer.tag(1, WireType.LengthDelimited).string(input);
  for (const output of outputs) writer.tag(2, WireType.LengthDelimited).string(output);
  if (name !== undefined) writer.tag(3, WireType.LengthDelimited).string(name);
  writer.tag(4, WireType.LengthDelimited).string(opType);
  for (const [name, value] of Object.entries(attributes)) {
    writer.tag(5, WireType.LengthDelimited).bytes(encodeAttribute(name, value));
  }
  if (domain !== undefined && domain !== '') writer.tag(7, WireType.LengthDelimited).string(domain);
  return writer.finish();
}

/** A ValueInfoProto of a tensor; −1 in `shape` is a variable dimension. */
export function encodeTensorInfo(name: string, elementType: number, shape: readonly number[]): Encoded {
  const writer = new BinaryWriter().tag(1, WireType.LengthDelimited).string(name);
  writer.tag(2, WireType.LengthDelimited).fork().tag(1, WireType.LengthDelimited).fork();
  writer.tag(1, WireType.Varint).int32(elementType).tag(2, WireType.LengthDelimited).fork();
  for (const dim of shape) {
    writer.tag(1, WireType.LengthDelimited).fork();
    if (dim >= 0) writer.tag(1, WireType.Varint).int64(dim);
    writer.join();
  }
  return writer.join().join().join().finish();
}

/** A TensorProto of 64-bit integers, `[values.length]`. */
export function encodeInt64Tensor(name: string, values: readonly number[]): Encoded {
  const writer = new BinaryWriter().tag(1, WireType.Varint).int64(values.length);
  writer.tag(2, WireType.Varint).int32(7).tag(7, WireType.LengthDelimited).fork();
  for (const value of values) writer.int64(value);
  return writer.join().tag(8, WireType.LengthDelimited).string(name).finish();
}

/** A TensorProto; `bytes` are its elements in row-major order, little-endian. */
export function encodeRawTensor(
  name: string,
  elementType: number,
  dims: readonly number[],
  bytes: Uint8Array,
): Encoded {
  return tensorHead(name, elementType, dims).tag(9, WireType.LengthDelimited).bytes(bytes).finish();
}

/** A TensorProto of texts. */
export function encodeTextTensor(name: string, dims: readonly number[], values: readonly string[]): Encoded {
  const writer = tensorHead(name, 8, dims);
  for (const value of values) writer.tag(6, WireType.LengthDelimited).string(value);
  return writer.finish();
}

function tensorHead(name: string, elementType: number, dims: readonly number[]): BinaryWriter {
  const writer = new BinaryWriter();
  for (const dim of dims) writer.tag(1, WireType.Varint).int64(dim);
  return writer.tag(2, WireType.Varint).int32(elementType).tag(8, WireType.LengthDelimited).string(name);
}

/** An OperatorSetIdProto. */
export function encodeOpset(domain: string, version: number): Encoded {
  const writer = new BinaryWriter().tag(1, WireType.LengthDelimited).string(domain);
  return writer.tag(2, WireType.Varint).int64(version).finish();
}

/** `message` with tag and length, as a field of its parent. */
export function encodeField(number: number, message: Encoded): Uint8Array {
  return new BinaryWriter().tag(number, WireType.LengthDelimited).bytes(message).finish();
}

/** Tag and length of a field whose `length` payload bytes follow. */
export function encodeFieldHeader(number: number, length: number): Uint8Array {
  return new BinaryWriter().tag(number, WireType.LengthDelimited).uint32(length).finish();
}
