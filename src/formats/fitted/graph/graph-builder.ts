import { GatewayError } from '../../../errors.ts';
import type { Precision } from '../../../model/precision.ts';
import { type Encoded, encodeNode, encodeRawTensor, encodeTensorInfo } from '../../graph/encode.ts';
import type { Attribute } from '../../graph/encode-attribute.ts';
import { encodeGraph, encodeModel } from '../../graph/encode-model.ts';
import { type Body, type BodyInfo, type Domain, type EncodedNode, encodeBody, namesReadIn } from './body.ts';
import { Constants, ELEMENT, type ElementType } from './constants.ts';

/** A tensor in the graph that is being built. */
export interface GraphValue {
  readonly name: string;
}

export interface NodeOptions {
  readonly attributes?: Readonly<Record<string, Attribute>>;
  readonly domain?: Domain;
  /** Its own name, for messages of the runtime, where `~` and a number follow it; most nodes have none. */
  readonly name?: string;
  /** The graph that a Loop or a Scan runs. */
  readonly body?: Body;
}

export interface OutputInfo {
  readonly name: string;
  readonly type: ElementType;
  /** −1 is the number of rows. */
  readonly shape: readonly number[];
}

/** Opset of each domain, and the format's version that goes with them; onnxruntime 1.30 runs them all. */
const OPSETS = { '': 21, 'ai.onnx.ml': 5, 'com.microsoft': 1 } as const;
const IR_VERSION = 10;
const ROWS = -1;

/**
 * Builds an ONNX model, node after node. Numbers flow in one working precision (`reals`, `castReal`), so that a model can
 * be had in single precision too. What no output needs is left out at the end. The same calls give the same bytes.
 */
export class GraphBuilder {
  readonly precision: Precision;
  readonly #constants = new Constants();
  /** Of the graph, or of the body that is being built. */
  #nodes: EncodedNode[] = [];
  readonly #inputs: Encoded[] = [];
  readonly #outputs: OutputInfo[] = [];
  #names = 0;

  constructor(precision: Precision = 'double') {
    this.precision = precision;
  }

  /** An input `[rows, width]`. What begins with a tilde is taken: inner values are called so. */
  input(name: string, type: ElementType, width: number): GraphValue {
    if (name.startsWith('~'))
      throw new GatewayError('UNSUPPORTED_MODEL', `a column is called "${name}", with a tilde`);
    this.#inputs.push(encodeTensorInfo(name, ELEMENT[type], [ROWS, width]));
    return { name };
  }

  /** Numbers in the working precision. Without a shape they are a vector. */
  reals(values: ArrayLike<number>, shape: readonly number[] = [values.length]): GraphValue {
    const data = this.precision === 'double' ? Float64Array.from(values) : Float32Array.from(values);
    return { name: this.#constants.add(this.precision, data, shape) };
  }

  /** One number that is broadcast over whatever it meets. */
  real(value: number): GraphValue {
    return this.reals([value], []);
  }

  floats(values: ArrayLike<number>, shape: readonly number[] = [values.length]): GraphValue {
    return { name: this.#constants.add('float', Float32Array.from(values), shape) };
  }

  /** In double precision, whatever the working precision is. */
  doubles(values: ArrayLike<number>, shape: readonly number[] = [values.length]): GraphValue {
    return { name: this.#constants.add('double', Float64Array.from(values), shape) };
  }

  int64s(values: ArrayLike<number | bigint>, shape: readonly number[] = [values.length]): GraphValue {
    const data = BigInt64Array.from(values, (value: number | bigint) => BigInt(value));
    return { name: this.#constants.add('int64', data, shape) };
  }

  bools(values: ArrayLike<boolean>, shape: readonly number[] = [values.length]): GraphValue {
    return { name: this.#constants.add('bool', Uint8Array.from(values, Number), shape) };
  }

  texts(values: readonly string[], shape: readonly number[] = [values.length]): GraphValue {
    return { name: this.#constants.add('string', values, shape) };
  }

  /** A node without attributes, of the default domain, with one output: `op('Add', x, y)`. */
  op(opType: string, ...inputs: readonly GraphValue[]): GraphValue {
    return this.node(opType, inputs);
  }

  /** A node with one output. */
  node(opType: string, inputs: readonly GraphValue[], options: NodeOptions = {}): GraphValue {
    return this.nodeOf(opType, inputs, 1, options)[0] as GraphValue;
  }

  /** A node with several outputs. A `MatMul` is of two matrices, not of more dimensions. */
  nodeOf(
    opType: string,
    inputs: readonly GraphValue[],
    outputCount: number,
    { attributes = {}, domain = '', name, body }: NodeOptions = {},
  ): GraphValue[] {
    const outputs = Array.from({ length: outputCount }, () => `~${this.#names++}`);
    const names = inputs.map(({ name }) => name);
    // A product of matrices: onnxruntime would fuse a MatMul with one factor before or behind it, and keep that in a float.
    const encodedType = opType === 'MatMul' && domain === '' ? 'Gemm' : opType;
    const all = body === undefined ? attributes : { ...attributes, body: { graph: body.encoded } };
    this.#nodes.push({
      inputs: body === undefined ? names : [...names, ...namesReadIn(body)],
      outputs,
      domains: [domain, ...(body?.nodes ?? []).flatMap(({ domains }) => domains)],
      encoded: encodeNode(encodedType, names, outputs, {
        attributes: all,
        domain,
        // Names of nodes must differ.
        ...(name === undefined ? {} : { name: `${name}${outputs[0]}` }),
      }),
    });
    return outputs.map((name) => ({ name }));
  }

  cast(value: GraphValue, type: ElementType): GraphValue {
    return this.node('Cast', [value], { attributes: { to: { integer: ELEMENT[type] } } });
  }

  castReal(value: GraphValue): GraphValue {
    return this.cast(value, this.precision);
  }

  /**
   * The graph of a Loop or a Scan.
   *
   * @param build adds its nodes, and gives as many values as there are `outputs`.
   */
  body(
    inputs: readonly BodyInfo[],
    outputs: readonly BodyInfo[],
    build: (inputs: readonly GraphValue[]) => readonly GraphValue[],
  ): Body {
    const around = this.#nodes;
    const own: EncodedNode[] = [];
    const named = (infos: readonly BodyInfo[]) =>
      infos.map((info) => ({ ...info, name: `~${this.#names++}` }));
    const taken = named(inputs);
    this.#nodes = own;
    try {
      const given = named(outputs);
      for (const [at, value] of build(taken).entries()) this.#rename(value, given[at]?.name ?? '');
      return encodeBody(own, taken, given);
    } finally {
      this.#nodes = around;
    }
  }

  /** An attribute that holds a tensor, e.g. of a TreeEnsemble. */
  tensorAttribute(type: 'float' | 'double' | 'int64' | 'uint8', values: ArrayLike<number>): Attribute {
    const data = elementsOf(type, values);
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    return { tensor: encodeRawTensor('', ELEMENT[type], [data.length], bytes) };
  }

  /** Makes `value` an output of the graph under its own name. */
  output(value: GraphValue, info: OutputInfo): void {
    this.#rename(value, info.name);
    this.#outputs.push(info);
  }

  #rename(value: GraphValue, name: string): void {
    this.#nodes.push({
      inputs: [value.name],
      outputs: [name],
      domains: [],
      encoded: encodeNode('Identity', [value.name], [name]),
    });
  }

  /**
   * The bytes of the `.onnx` file.
   *
   * @param metadata written into the model's `metadata_props`.
   */
  finish(
    producer: { readonly name: string; readonly version: string },
    metadata: Readonly<Record<string, string>>,
  ): Uint8Array {
    const { nodes, names } = this.#needed();
    const graph = encodeGraph({
      name: 'converted',
      nodes: nodes.map(({ encoded }) => encoded),
      initializers: [...this.#constants.encoded].flatMap(([name, encoded]) =>
        names.has(name) ? [encoded] : [],
      ),
      inputs: this.#inputs,
      outputs: this.#outputs.map(({ name, type, shape }) => encodeTensorInfo(name, ELEMENT[type], shape)),
    });
    const domains = new Set<Domain>(['', ...nodes.flatMap(({ domains: own }) => own)]);
    const opsets = Object.fromEntries([...domains].sort().map((domain) => [domain, OPSETS[domain]]));
    return encodeModel(graph, { irVersion: IR_VERSION, opsets, producer, metadata });
  }

  /** The nodes on the way to an output, in order, and every name that they read. */
  #needed(): { nodes: readonly EncodedNode[]; names: ReadonlySet<string> } {
    const names = new Set(this.#outputs.map(({ name }) => name));
    const nodes: EncodedNode[] = [];
    for (const node of this.#nodes.toReversed()) {
      if (!node.outputs.some((output) => names.has(output))) continue;
      for (const input of node.inputs) names.add(input);
      nodes.push(node);
    }
    return { nodes: nodes.reverse(), names };
  }
}

function elementsOf(type: 'float' | 'double' | 'int64' | 'uint8', values: ArrayLike<number>) {
  switch (type) {
    case 'double':
      return new Float64Array(values);
    case 'float':
      return new Float32Array(values);
    case 'int64':
      return BigInt64Array.from(values, (value: number) => BigInt(value));
    case 'uint8':
      return new Uint8Array(values);
  }
}
