import type { ElementValue } from './element-types.ts';
import { namesRead, type OnnxGraph, type OnnxNode } from './onnx-model.ts';
import { hasNonZeroInteger, readAttribute } from './read-attribute.ts';
import { readTensorValues } from './read-tensor.ts';
import type { WireFile } from './wire-file.ts';

/** The node that makes a value, and as which of its outputs. */
export interface Producer {
  readonly node: OnnxNode;
  readonly output: number;
}

/** Operators whose output is their (first) input in another shape or type. */
const PASS_THROUGH = new Set([
  'Identity',
  'Cast',
  'Reshape',
  'Flatten',
  'Squeeze',
  'Unsqueeze',
  'Transpose',
  'Dropout',
]);
const TREE_ENSEMBLES = new Set(['TreeEnsemble', 'TreeEnsembleClassifier', 'TreeEnsembleRegressor']);

/** Answers questions about how the values of a graph come about. */
export class GraphIndex {
  readonly file: WireFile;
  readonly graph: OnnxGraph;
  readonly #producers = new Map<string, Producer>();
  readonly #consumers = new Map<string, number>();

  constructor(file: WireFile, graph: OnnxGraph) {
    this.file = file;
    this.graph = graph;
    for (const node of graph.nodes) {
      for (const [output, name] of node.outputs.entries()) this.#producers.set(name, { node, output });
      for (const name of namesRead(node)) this.#consumers.set(name, (this.#consumers.get(name) ?? 0) + 1);
    }
  }

  producer(name: string): Producer | null {
    return this.#producers.get(name) ?? null;
  }

  /** How many times nodes read the value. */
  consumers(name: string): number {
    return this.#consumers.get(name) ?? 0;
  }

  /** The value that `name` is but for its shape and type, and the node that makes it; `null` for an input or constant. */
  origin(name: string): (Producer & { readonly name: string }) | null {
    let current = name;
    // A hostile graph may run in circles.
    for (let steps = 0; steps < 64; steps += 1) {
      const producer = this.producer(current);
      if (producer === null) return null;
      const input = producer.node.inputs[0];
      if (!PASS_THROUGH.has(producer.node.opType) || input === undefined)
        return { ...producer, name: current };
      current = input;
    }
    return null;
  }

  /** The values of a small initializer or Constant; `null` for anything else. */
  constant(name: string): readonly ElementValue[] | null {
    const initializer = this.graph.initializers.get(name);
    if (initializer !== undefined) return readTensorValues(this.file, initializer);
    const node = this.producer(name)?.node;
    if (node?.opType !== 'Constant') return null;
    const tensor = node.attributes.get('value')?.tensor ?? null;
    if (tensor !== null) return readTensorValues(this.file, tensor);
    for (const key of ['value_ints', 'value_int', 'value_strings', 'value_string']) {
      const { integers, strings } = readAttribute(this.file, node, key);
      if (integers.length + strings.length > 0) return integers.length > 0 ? integers : strings;
    }
    return null;
  }

  /** Names of values that depend on the graph's inputs. */
  dependentNames(): ReadonlySet<string> {
    const names = new Set(this.graph.inputs.map((input) => input.name));
    for (const node of this.graph.nodes) {
      let depends = false;
      for (const name of namesRead(node)) depends ||= names.has(name);
      if (depends) for (const output of node.outputs) names.add(output);
    }
    return names;
  }

  /** Names of values that reach, directly or not, a node that does something sensible with NaN. */
  namesThatMayBeNaN(): ReadonlySet<string> {
    const names = new Set<string>();
    for (const node of [...this.graph.nodes].reverse()) {
      if (!handlesNaN(this.file, node) && !node.outputs.some((output) => names.has(output))) continue;
      for (const name of namesRead(node)) names.add(name);
    }
    return names;
  }
}

function handlesNaN(file: WireFile, node: OnnxNode): boolean {
  if (node.opType === 'IsNaN') return true;
  if (node.opType === 'Imputer')
    return readAttribute(file, node, 'replaced_value_float').floats.some(Number.isNaN);
  if (TREE_ENSEMBLES.has(node.opType)) {
    const tracks = node.attributes.get('nodes_missing_value_tracks_true');
    return tracks !== undefined && hasNonZeroInteger(file, tracks);
  }
  return node.subgraphs.some((graph) => graph.nodes.some((inner) => handlesNaN(file, inner)));
}
