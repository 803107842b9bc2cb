import { type Encoded, encodeTensorInfo } from '../../graph/encode.ts';
import { encodeGraph } from '../../graph/encode-model.ts';
import { ELEMENT, type ElementType } from './constants.ts';

export type Domain = '' | 'ai.onnx.ml' | 'com.microsoft';

/** A node as it stands in a graph: encoded, and the names that it reads and makes. */
export interface EncodedNode {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Its own, and those of the nodes in its body. */
  readonly domains: readonly Domain[];
  readonly encoded: Encoded;
}

/** Type and shape of what goes into or comes out of a body; −1 is any length. */
export interface BodyInfo {
  readonly type: ElementType;
  readonly shape: readonly number[];
}

/** A graph inside of a node (of a Loop or a Scan). It sees every value and constant of the graph around it. */
export interface Body {
  readonly encoded: Encoded;
  readonly nodes: readonly EncodedNode[];
}

interface Named extends BodyInfo {
  readonly name: string;
}

export function encodeBody(
  nodes: readonly EncodedNode[],
  inputs: readonly Named[],
  outputs: readonly Named[],
): Body {
  const info = ({ name, type, shape }: Named) => encodeTensorInfo(name, ELEMENT[type], shape);
  const encoded = encodeGraph({
    name: 'body',
    nodes: nodes.map((node) => node.encoded),
    initializers: [],
    inputs: inputs.map(info),
    outputs: outputs.map(info),
  });
  return { encoded, nodes };
}

/** What the nodes of a body read from the graph around it (and names of its own, which do no harm). */
export function namesReadIn({ nodes }: Body): string[] {
  return nodes.flatMap(({ inputs }) => [...inputs]);
}
