import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { type Encoded, encodeField, encodeOpset } from './encode.ts';

/** Messages of a graph. Nodes stand in topological order. */
export interface GraphParts {
  readonly name: string;
  /** NodeProtos. */
  readonly nodes: readonly Encoded[];
  /** TensorProtos. */
  readonly initializers: readonly Encoded[];
  /** ValueInfoProtos. */
  readonly inputs: readonly Encoded[];
  /** ValueInfoProtos. */
  readonly outputs: readonly Encoded[];
}

export interface ModelParts {
  readonly irVersion: number;
  /** Domain → version; the default domain is the empty text. */
  readonly opsets: Readonly<Record<string, number>>;
  readonly producer?: { readonly name: string; readonly version: string };
  readonly metadata?: Readonly<Record<string, string>>;
}

/** A GraphProto. */
export function encodeGraph({ name, nodes, initializers, inputs, outputs }: GraphParts): Encoded {
  return Buffer.concat([
    ...nodes.map((message) => encodeField(1, message)),
    encodeField(2, Buffer.from(name)),
    ...initializers.map((message) => encodeField(5, message)),
    ...inputs.map((message) => encodeField(11, message)),
    ...outputs.map((message) => encodeField(12, message)),
  ]);
}

/** A ModelProto: the bytes of an `.onnx` file. */
export function encodeModel(graph: Encoded, parts: ModelParts): Uint8Array {
  const { irVersion, opsets, producer, metadata = {} } = parts;
  const text = (number: number, value: string) => encodeField(number, Buffer.from(value));
  return Buffer.concat([
    new BinaryWriter().tag(1, WireType.Varint).int64(irVersion).finish(),
    ...(producer === undefined ? [] : [text(2, producer.name), text(3, producer.version)]),
    encodeField(7, graph),
    ...Object.entries(opsets).map(([domain, version]) => encodeField(8, encodeOpset(domain, version))),
    ...Object.entries(metadata).map(([key, value]) =>
      encodeField(14, Buffer.concat([text(1, key), text(2, value)])),
    ),
  ]);
}
