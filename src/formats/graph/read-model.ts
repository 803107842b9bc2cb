import { setImmediate } from 'node:timers/promises';
import type { OnnxAttribute, OnnxGraph, OnnxModel, OnnxNode, OnnxTensor, OnnxValue } from './onnx-model.ts';
import { canonicalDomain, type ExternalData } from './onnx-model.ts';
import { readTensor } from './read-tensor.ts';
import { readValue } from './read-value.ts';
import type { ByteRange, WireField, WireFile } from './wire-file.ts';
import { readInteger } from './wire-scalars.ts';

const MAX_GRAPH_DEPTH = 16;
/** Nodes, values and tensors together; the graphs of large language models have some 50,000. */
const MAX_PARTS = 300_000;
/** How long the walk goes on before other work of the process gets its turn. */
const TURN_MS = 10;

/** Field numbers of onnx.proto, as far as they are read. */
const MODEL = { graph: 7, opsetImport: 8, functions: 25 };
const GRAPH = { node: 1, initializer: 5, input: 11, output: 12, sparseInitializer: 15 };
const NODE = { input: 1, output: 2, opType: 4, attribute: 5, domain: 7 };
const ATTRIBUTE = {
  name: 1,
  tensor: 5,
  graph: 6,
  tensors: 10,
  graphs: 11,
  sparseTensor: 22,
  sparseTensors: 23,
  strings: 9,
};
const SKIPPED_ATTRIBUTE_FIELDS: ReadonlySet<number> = new Set([ATTRIBUTE.strings]);
const FUNCTION = { node: 7 };
const OPSET = { domain: 1, version: 2 };
const SPARSE_TENSOR = { values: 1, indices: 2 };

/**
 * Reads what a model file says of its graph. Values of weights are not read.
 *
 * @throws GatewayError INVALID_MODEL.
 */
export async function readModel(file: WireFile, signal: AbortSignal): Promise<OnnxModel> {
  const reader = new ModelReader(file);
  const opsets: { domain: string; version: number }[] = [];
  let graph: OnnxGraph | null = null;
  for (const field of file.fields(file.all)) {
    if (field.number === MODEL.opsetImport) opsets.push(readOpset(file, field.value));
    else if (field.number === MODEL.functions) reader.readFunction(field.value);
    else if (field.number === MODEL.graph) {
      if (graph !== null) throw file.invalid('holds more than one graph');
      graph = await reader.readOuterGraph(field.value, signal);
    }
  }
  if (graph === null) throw file.invalid('holds no graph');
  return { graph, opsets, externalData: reader.externalData };
}

function readOpset(file: WireFile, range: ByteRange): { domain: string; version: number } {
  let domain = '';
  let version = 0;
  for (const field of file.fields(range)) {
    if (field.number === OPSET.domain) domain = canonicalDomain(file.text(field.value));
    else if (field.number === OPSET.version) version = readInteger(file, field);
  }
  return { domain, version };
}

interface GraphParts {
  readonly nodes: OnnxNode[];
  readonly initializers: Map<string, OnnxTensor>;
  readonly inputs: OnnxValue[];
  readonly outputs: OnnxValue[];
}

class ModelReader {
  readonly externalData: ExternalData[] = [];
  readonly #file: WireFile;
  #partsLeft = MAX_PARTS;

  constructor(file: WireFile) {
    this.#file = file;
  }

  async readOuterGraph(range: ByteRange, signal: AbortSignal): Promise<OnnxGraph> {
    const parts: GraphParts = { nodes: [], initializers: new Map(), inputs: [], outputs: [] };
    let turnStart = performance.now();
    for (const field of this.#file.fields(range)) {
      this.#readGraphField(field, parts, 0);
      if (performance.now() - turnStart > TURN_MS) {
        await setImmediate(undefined, { signal });
        turnStart = performance.now();
      }
    }
    return finishGraph(range, parts);
  }

  readFunction(range: ByteRange): void {
    for (const field of this.#file.fields(range)) {
      if (field.number === FUNCTION.node) this.#readNode(field.value, 0);
    }
  }

  #readGraph(range: ByteRange, depth: number): OnnxGraph {
    if (depth > MAX_GRAPH_DEPTH) throw this.#file.invalid(`nests graphs more than ${MAX_GRAPH_DEPTH} deep`);
    const parts: GraphParts = { nodes: [], initializers: new Map(), inputs: [], outputs: [] };
    for (const field of this.#file.fields(range)) this.#readGraphField(field, parts, depth);
    return finishGraph(range, parts);
  }

  #readGraphField(field: WireField, parts: GraphParts, depth: number): void {
    switch (field.number) {
      case GRAPH.node:
        parts.nodes.push(this.#readNode(field.value, depth));
        break;
      case GRAPH.initializer: {
        const tensor = this.#readTensor(field.value);
        parts.initializers.set(tensor.name, tensor);
        break;
      }
      case GRAPH.sparseInitializer: {
        const tensor = this.#readSparseTensor(field.value);
        if (tensor !== null) parts.initializers.set(tensor.name, tensor);
        break;
      }
      case GRAPH.input:
        this.#countPart();
        parts.inputs.push(readValue(this.#file, field.value));
        break;
      case GRAPH.output:
        this.#countPart();
        parts.outputs.push(readValue(this.#file, field.value));
    }
  }

  #readNode(range: ByteRange, depth: number): OnnxNode {
    this.#countPart();
    const file = this.#file;
    const inputs: string[] = [];
    const outputs: string[] = [];
    const attributes = new Map<string, OnnxAttribute>();
    const subgraphs: OnnxGraph[] = [];
    let opType = '';
    let domain = '';
    for (const field of file.fields(range)) {
      if (field.number === NODE.input) inputs.push(file.text(field.value));
      else if (field.number === NODE.output) outputs.push(file.text(field.value));
      else if (field.number === NODE.opType) opType = file.text(field.value);
      else if (field.number === NODE.domain) domain = canonicalDomain(file.text(field.value));
      else if (field.number === NODE.attribute)
        this.#readAttribute(field.value, attributes, subgraphs, depth);
    }
    return { opType, domain, inputs, outputs, attributes, subgraphs, range };
  }

  #readAttribute(
    range: ByteRange,
    attributes: Map<string, OnnxAttribute>,
    subgraphs: OnnxGraph[],
    depth: number,
  ): void {
    let name = '';
    let tensor: OnnxTensor | null = null;
    for (const field of this.#file.fieldRuns(range, SKIPPED_ATTRIBUTE_FIELDS)) {
      switch (field.number) {
        case ATTRIBUTE.name:
          name = this.#file.text(field.value);
          break;
        case ATTRIBUTE.tensor:
          tensor = this.#readTensor(field.value);
          break;
        case ATTRIBUTE.tensors:
          this.#readTensor(field.value);
          break;
        case ATTRIBUTE.graph:
        case ATTRIBUTE.graphs:
          subgraphs.push(this.#readGraph(field.value, depth + 1));
          break;
        case ATTRIBUTE.sparseTensor:
        case ATTRIBUTE.sparseTensors:
          this.#readSparseTensor(field.value);
      }
    }
    attributes.set(name, { range, tensor });
  }

  #readTensor(range: ByteRange): OnnxTensor {
    this.#countPart();
    const tensor = readTensor(this.#file, range);
    if (tensor.external !== null) this.externalData.push(tensor.external);
    return tensor;
  }

  #readSparseTensor(range: ByteRange): OnnxTensor | null {
    let values: OnnxTensor | null = null;
    for (const field of this.#file.fields(range)) {
      if (field.number === SPARSE_TENSOR.values) values = this.#readTensor(field.value);
      else if (field.number === SPARSE_TENSOR.indices) this.#readTensor(field.value);
    }
    return values;
  }

  #countPart(): void {
    this.#partsLeft -= 1;
    if (this.#partsLeft < 0) throw this.#file.invalid(`holds more than ${MAX_PARTS} nodes and tensors`);
  }
}

function finishGraph(range: ByteRange, parts: GraphParts): OnnxGraph {
  const { nodes, initializers, outputs } = parts;
  return {
    range,
    nodes,
    initializers,
    outputs,
    inputs: parts.inputs.filter(({ name }) => !initializers.has(name)),
  };
}
