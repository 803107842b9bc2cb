import { type FileHandle, open } from 'node:fs/promises';
import { type Encoded, encodeField, encodeFieldHeader, encodeOpset } from './encode.ts';
import type { OnnxModel, OnnxNode } from './onnx-model.ts';
import { readValue } from './read-value.ts';
import type { ByteRange, WireField, WireFile } from './wire-file.ts';

/** What is to change in a graph. */
export interface GraphEdits {
  /** NodeProtos that stand in for a node, in order. */
  readonly nodes: Map<OnnxNode, readonly Encoded[]>;
  /** ValueInfoProtos that stand in for an output's, by its name. */
  readonly outputs: Map<string, Encoded>;
  readonly addedOutputs: Encoded[];
  readonly addedInitializers: Encoded[];
}

type Piece = ByteRange | Uint8Array;

const MODEL = { graph: 7, opsetImport: 8 };
const GRAPH = { node: 1, initializer: 5, output: 12, valueInfo: 13 };
const COPY_BYTES = 1024 * 1024;
/** The edits use operators that are the same since long before; this is the oldest set that onnxruntime promises. */
const OLDEST_OPSET = 9;

export function hasEdits(edits: GraphEdits): boolean {
  return (
    edits.nodes.size + edits.outputs.size + edits.addedOutputs.length + edits.addedInitializers.length > 0
  );
}

/**
 * Writes the model with `edits` to `path`. Everything else is copied byte for byte, so that only the lengths of the
 * graph and what was edited differ.
 */
export async function writeEditedModel(
  file: WireFile,
  model: OnnxModel,
  edits: GraphEdits,
  path: string,
  signal: AbortSignal,
): Promise<void> {
  const pieces: Piece[] = [];
  for (const field of file.fields(file.all)) {
    if (field.number !== MODEL.graph) pieces.push(field);
    else {
      const graph = graphPieces(file, field.value, edits);
      pieces.push(
        encodeFieldHeader(
          MODEL.graph,
          graph.reduce((sum, piece) => sum + lengthOf(piece), 0),
        ),
        ...graph,
      );
    }
  }
  if (!model.opsets.some(({ domain }) => domain === '')) {
    pieces.push(encodeField(MODEL.opsetImport, encodeOpset('', OLDEST_OPSET)));
  }
  const handle = await open(path, 'w');
  try {
    for (const piece of merged(pieces)) await writePiece(handle, file, piece, signal);
  } finally {
    await handle.close();
  }
}

function graphPieces(file: WireFile, range: ByteRange, edits: GraphEdits): Piece[] {
  const nodes = new Map([...edits.nodes].map(([node, encoded]) => [node.range.start, encoded]));
  const pieces: Piece[] = [];
  for (const field of file.fields(range)) {
    const instead = replacementOf(file, field, nodes, edits);
    if (instead === null) pieces.push(field);
    else pieces.push(...instead.map((message) => encodeField(field.number, message)));
  }
  pieces.push(...edits.addedInitializers.map((message) => encodeField(GRAPH.initializer, message)));
  pieces.push(...edits.addedOutputs.map((message) => encodeField(GRAPH.output, message)));
  return pieces;
}

/** Messages to write instead of the field; `null`: it stays. */
function replacementOf(
  file: WireFile,
  field: WireField,
  nodes: ReadonlyMap<number, readonly Encoded[]>,
  edits: GraphEdits,
): readonly Encoded[] | null {
  if (field.number === GRAPH.node) return nodes.get(field.value.start) ?? null;
  if (field.number !== GRAPH.output && field.number !== GRAPH.valueInfo) return null;
  const output = edits.outputs.get(readValue(file, field.value).name);
  if (output === undefined) return null;
  // What was noted of the value's type elsewhere is no longer true.
  return field.number === GRAPH.output ? [output] : [];
}

/** Neighbouring ranges as one. */
function merged(pieces: readonly Piece[]): Piece[] {
  const result: Piece[] = [];
  for (const piece of pieces) {
    const last = result.at(-1);
    const follows = last !== undefined && 'end' in last && 'end' in piece && last.end === piece.start;
    if (follows) result[result.length - 1] = { start: last.start, end: piece.end };
    else result.push('end' in piece ? { start: piece.start, end: piece.end } : piece);
  }
  return result;
}

async function writePiece(
  handle: FileHandle,
  file: WireFile,
  piece: Piece,
  signal: AbortSignal,
): Promise<void> {
  if (!('end' in piece)) return handle.writeFile(piece);
  for (let start = piece.start; start < piece.end; start += COPY_BYTES) {
    signal.throwIfAborted();
    await handle.writeFile(file.bytes({ start, end: Math.min(piece.end, start + COPY_BYTES) }));
  }
}

function lengthOf(piece: Piece): number {
  return 'end' in piece ? piece.end - piece.start : piece.length;
}
