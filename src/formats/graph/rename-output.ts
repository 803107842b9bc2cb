import { type Encoded, encodeField } from './encode.ts';
import type { OnnxNode } from './onnx-model.ts';
import type { WireFile } from './wire-file.ts';

const NODE = { output: 2 };

/** The node with its output `from` called `to`. */
export function renameOutput(file: WireFile, node: OnnxNode, from: string, to: string): Encoded {
  const parts: Uint8Array[] = [];
  for (const field of file.fields(node.range)) {
    const isIt = field.number === NODE.output && file.text(field.value) === from;
    parts.push(isIt ? encodeField(NODE.output, new TextEncoder().encode(to)) : file.bytes(field));
  }
  return Buffer.concat(parts);
}
