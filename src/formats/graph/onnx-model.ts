import type { ByteRange } from './wire-file.ts';

/** The type of a graph's input or output. `maps` is what ZipMap makes: a sequence with one map a row. */
export type OnnxValueType =
  | { readonly kind: 'tensor'; readonly elementType: number; readonly shape: readonly number[] | null }
  | { readonly kind: 'maps' | 'sequence' | 'map' | 'sparse tensor' | 'optional' | 'untyped' };

/** A graph's input or output. */
export interface OnnxValue {
  readonly name: string;
  readonly type: OnnxValueType;
}

/** Where the bytes of a tensor lie if not in the model file, relative to it. */
export interface ExternalData {
  readonly location: string;
  /** The file must have at least this many bytes. */
  readonly endByte: number;
}

/** A tensor without its values; `range` is the whole TensorProto. */
export interface OnnxTensor {
  readonly name: string;
  readonly elementType: number;
  readonly dims: readonly number[];
  readonly range: ByteRange;
  readonly external: ExternalData | null;
}

/** An attribute, not decoded; `range` is the whole AttributeProto. */
export interface OnnxAttribute {
  readonly range: ByteRange;
  readonly tensor: OnnxTensor | null;
}

export interface OnnxNode {
  readonly opType: string;
  /** Empty for the default domain, whichever of its two names was written. */
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, OnnxAttribute>;
  readonly subgraphs: readonly OnnxGraph[];
  /** The whole NodeProto. */
  readonly range: ByteRange;
}

export interface OnnxGraph {
  readonly range: ByteRange;
  /** In the file's order, which is topological. */
  readonly nodes: readonly OnnxNode[];
  readonly initializers: ReadonlyMap<string, OnnxTensor>;
  /** Without the ones that an initializer gives. */
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
}

/** What is read of a model file: its shape, not its weights. */
export interface OnnxModel {
  readonly graph: OnnxGraph;
  readonly opsets: readonly { readonly domain: string; readonly version: number }[];
  /** Of all tensors, those of subgraphs and functions included. */
  readonly externalData: readonly ExternalData[];
}

/** `ai.onnx` is the other name of the default domain. */
export function canonicalDomain(domain: string): string {
  return domain === 'ai.onnx' ? '' : domain;
}

/** Names that `node` reads: its inputs, and what its subgraphs take from outside (their own names may be among them). */
export function* namesRead(node: OnnxNode): Generator<string> {
  yield* node.inputs;
  for (const graph of node.subgraphs) {
    for (const inner of graph.nodes) yield* namesRead(inner);
    for (const output of graph.outputs) yield output.name;
  }
}
