import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { encodeNode, encodeRawTensor, encodeTensorInfo } from '../../src/formats/graph/encode.ts';
import type { Attribute } from '../../src/formats/graph/encode-attribute.ts';
import { encodeGraph, encodeModel } from '../../src/formats/graph/encode-model.ts';

/** Builds small ONNX models as bytes. Only what tests need of onnx.proto. */

export const FLOAT = 1;
export const INT64 = 7;
export const STRING = 8;
export const BOOL = 9;

export interface NodeParts {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, Attribute>>;
  readonly domain?: string;
}

export interface GraphParts {
  readonly nodes: readonly Uint8Array[];
  readonly inputs: readonly Uint8Array[];
  readonly outputs: readonly Uint8Array[];
  readonly initializers?: readonly Uint8Array[];
}

/** A NodeProto. */
export function node(opType: string, { inputs, outputs, ...details }: NodeParts): Uint8Array {
  return encodeNode(opType, inputs, outputs, details);
}

/** A TensorProto; `values` are as many as `dims` say. */
export function tensor(
  name: string,
  elementType: number,
  dims: readonly number[],
  values: Float32Array | BigInt64Array | Uint8Array,
): Uint8Array {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return encodeRawTensor(name, elementType, dims, bytes);
}

/** A GraphProto. `inputs` and `outputs` are made with `tensorInfo`. */
export function graph(name: string, { initializers = [], ...parts }: GraphParts): Uint8Array {
  return encodeGraph({ name, initializers, ...parts });
}

export const tensorInfo = encodeTensorInfo;

/** A ModelProto: the bytes of an `.onnx` file. */
export function model(
  graphProto: Uint8Array,
  opsets: Readonly<Record<string, number>> = { '': 17 },
): Uint8Array {
  return encodeModel(graphProto, { irVersion: 8, opsets });
}

/** An output that is a sequence of maps from int64 to float, as ZipMap makes. */
export function mapsInfo(name: string): Uint8Array {
  const field = (number: number, ...parts: Uint8Array[]) => {
    const payload = Buffer.concat(parts);
    return Buffer.from([number * 8 + 2, payload.length, ...payload]);
  };
  const number = (value: number, number: number) => Buffer.from([number * 8, value]);
  const floats = field(2, field(1, number(FLOAT, 1)));
  const map = field(5, number(INT64, 1), floats);
  return Buffer.concat([field(1, Buffer.from(name)), field(2, field(4, field(1, map)))]);
}

export function zipMap(input: string, output: string, labels: readonly number[]): Uint8Array {
  const attributes = { classlabels_int64s: { integers: labels } };
  return node('ZipMap', { inputs: [input], outputs: [output], attributes, domain: 'ai.onnx.ml' });
}

/** A float TensorProto whose values lie in another file. */
export function externalTensor(
  name: string,
  dims: readonly number[],
  entries: Record<string, string>,
): Uint8Array {
  const writer = new BinaryWriter();
  for (const dim of dims) writer.tag(1, WireType.Varint).int64(dim);
  writer.tag(2, WireType.Varint).int32(FLOAT).tag(8, WireType.LengthDelimited).string(name);
  for (const [key, value] of Object.entries(entries)) {
    writer.tag(13, WireType.LengthDelimited).fork().tag(1, WireType.LengthDelimited).string(key);
    writer.tag(2, WireType.LengthDelimited).string(value).join();
  }
  return writer.tag(14, WireType.Varint).int32(1).finish();
}
