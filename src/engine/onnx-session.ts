import type { InferenceSession, Tensor as NativeTensor } from 'onnxruntime-node';
import { GatewayError, messageOf } from '../errors.ts';
import type { Graph } from '../model/graph.ts';
import { elementCount, type Tensor, type TensorData } from '../model/tensor.ts';
import { describeRunFailure, graphName, refusalIn, tidyRuntimeMessage } from './runtime-message.ts';
import { currentHost, describeRuntimeProblem } from './runtime-problem.ts';

type Runtime = typeof import('onnxruntime-node');

// The native library reads it once, when it is loaded; in a worker thread the assignment does not reach the
// process's environment, which is why it stands here, where the main thread passes by first.
process.env.ORT_DISABLE_TELEMETRY = '1';

let runtime: Promise<Runtime> | null = null;

/**
 * Loads the native library into this thread, once. Sessions do it themselves; a start does it to fail early.
 *
 * @throws GatewayError INTERNAL: there is no usable binary; the message says what to do.
 */
export function loadRuntime(): Promise<Runtime> {
  runtime ??= importRuntime();
  return runtime;
}

async function importRuntime(): Promise<Runtime> {
  try {
    const loaded = await import('onnxruntime-node');
    // What is worth knowing is thrown as well; the library's own lines on stderr would carry values of requests.
    loaded.env.logLevel = 'fatal';
    return loaded;
  } catch (error) {
    throw new GatewayError('INTERNAL', describeRuntimeProblem(error, currentHost()), { cause: error });
  }
}

export interface OnnxSessionOptions {
  /** True: errors of runs carry the runtime's own text, which can hold values of the inputs. For trials only. */
  readonly tellsRunFailures?: boolean;
}

/** A native session on the calling thread, which its load and its runs block. The only door to onnxruntime-node. */
export class OnnxSession {
  readonly #native: InferenceSession;
  readonly #graph: Graph;
  readonly #outputNames: readonly string[];
  readonly #Feeds: FeedsClass;
  readonly #tellsRunFailures: boolean;
  #runsInFlight = 0;
  #runStartedAt = 0;
  #lastRunMs = 0;
  #isClosing = false;
  readonly #closed = Promise.withResolvers<void>();

  private constructor(native: InferenceSession, graph: Graph, options: OnnxSessionOptions) {
    this.#native = native;
    this.#graph = graph;
    this.#outputNames = graph.outputs.map((output) => output.name);
    this.#Feeds = feedsOf(graph, () => {
      this.#runStartedAt = performance.now();
    });
    this.#tellsRunFailures = options.tellsRunFailures ?? false;
  }

  /** @throws GatewayError INVALID_MODEL if the runtime refuses the graph, or the graph lacks a named input or output. */
  static async load(graph: Graph, options: OnnxSessionOptions = {}): Promise<OnnxSession> {
    const { InferenceSession: Native } = await loadRuntime();
    let native: InferenceSession;
    try {
      native = await Native.create(graph.path, nativeOptions(graph));
    } catch (error) {
      const reason = tidyRuntimeMessage(messageOf(error), graph.path);
      throw new GatewayError('INVALID_MODEL', `the runtime refuses ${graphName(graph.path)}: ${reason}`);
    }
    const mismatch = findMismatch(native, graph);
    if (mismatch === null) return new OnnxSession(native, graph, options);
    await native.release();
    throw new GatewayError('INVALID_MODEL', `the graph ${graphName(graph.path)} ${mismatch}`);
  }

  /** As `Session.lastRunMs`; of runs that overlap it is not exact. */
  get lastRunMs(): number {
    return this.#lastRunMs;
  }

  /** As `Session.run`. */
  async run(inputs: readonly Tensor[]): Promise<readonly Tensor[]> {
    if (this.#isClosing) throw this.#failure('its session is closed');
    const feeds = this.#feeds(inputs);
    this.#runsInFlight += 1;
    try {
      const results = await this.#native.run(feeds, this.#outputNames);
      this.#lastRunMs = performance.now() - this.#runStartedAt;
      return this.#outputNames.map((name) => fromNative(results[name] as NativeTensor));
    } catch (error) {
      throw this.#runFailure(messageOf(error));
    } finally {
      this.#runsInFlight -= 1;
      if (this.#runsInFlight === 0 && this.#isClosing) this.#release();
    }
  }

  /** Resolves once the session is closed. */
  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  close(): Promise<void> {
    if (!this.#isClosing && this.#runsInFlight === 0) this.#release();
    this.#isClosing = true;
    return this.#closed.promise;
  }

  #release(): void {
    this.#native.release().then(this.#closed.resolve, this.#closed.reject);
  }

  #feeds(inputs: readonly Tensor[]): InferenceSession.FeedsType {
    const { inputs: specs } = this.#graph;
    if (inputs.length !== specs.length) {
      throw this.#failure(`it takes ${specs.length} inputs and got ${inputs.length}`);
    }
    const natives: NativeTensor[] = [];
    for (let index = 0; index < specs.length; index++) {
      const tensor = inputs[index] as Tensor;
      const problem = findTensorProblem(tensor);
      if (problem !== null) {
        throw this.#failure(`the tensor for input "${(specs[index] as { name: string }).name}" ${problem}`);
      }
      natives.push(toNative(tensor));
    }
    return new this.#Feeds(natives) as unknown as InferenceSession.FeedsType;
  }

  #runFailure(message: string): GatewayError {
    if (this.#tellsRunFailures) return this.#failure(tidyRuntimeMessage(message, this.#graph.path));
    const refusal = refusalIn(message);
    return refusal === null
      ? this.#failure(describeRunFailure(message))
      : new GatewayError('INVALID_INPUT', `the model gives no answer for a row of the request: ${refusal}`);
  }

  #failure(reason: string): GatewayError {
    return new GatewayError(
      'INFERENCE_FAILED',
      `the graph ${graphName(this.#graph.path)} did not run: ${reason}`,
    );
  }
}

type FeedsClass = new (tensors: readonly NativeTensor[]) => object;

/**
 * A class of objects that have the graph's inputs as their members. They tell when the first of them is read: the last
 * time is when the native call begins, which the library makes in a later turn of the event loop.
 */
function feedsOf(graph: Graph, onRead: () => void): FeedsClass {
  class Feeds {
    readonly #tensors: readonly NativeTensor[];

    constructor(tensors: readonly NativeTensor[]) {
      this.#tensors = tensors;
    }

    read(index: number): NativeTensor | undefined {
      if (index === 0) onRead();
      return this.#tensors[index];
    }
  }
  const { read } = Feeds.prototype;
  for (const [index, { name }] of graph.inputs.entries()) {
    Object.defineProperty(Feeds.prototype, name, {
      get(this: Feeds) {
        return read.call(this, index);
      },
    });
  }
  return Feeds;
}

function nativeOptions(graph: Graph): InferenceSession.SessionOptions {
  const { options } = graph;
  return {
    executionProviders: ['cpu'],
    intraOpNumThreads: options.intraOpThreads,
    interOpNumThreads: options.interOpThreads,
    executionMode: options.executionMode,
    graphOptimizationLevel: options.optimizationLevel,
    // An arena keeps its peak for the session's life; without it the runs measured the same.
    enableCpuMemArena: false,
    enableMemPattern: false,
    // Threads that spin burn whole cores between requests.
    extra: { session: { intra_op: { allow_spinning: '0' }, inter_op: { allow_spinning: '0' } } },
  };
}

function findMismatch(native: InferenceSession, graph: Graph): string | null {
  const wanted = new Set(graph.inputs.map((input) => input.name));
  const extra = native.inputNames.find((name) => !wanted.has(name));
  if (extra !== undefined) return `needs an input "${extra}" that is not fed`;
  const input = graph.inputs.find(({ name }) => !native.inputNames.includes(name));
  if (input !== undefined) return `has no input "${input.name}"`;
  const output = graph.outputs.find(({ name }) => !native.outputNames.includes(name));
  if (output !== undefined) return `has no output "${output.name}"`;
  return graph.outputs.length === 0 ? 'has no output that is a tensor' : null;
}

/** The library reads past none of these: it would take them, and compute with other values than were given. */
function findTensorProblem({ data, dims, type }: Tensor): string | null {
  if (data.length !== elementCount(dims)) {
    return `holds ${data.length} elements where its shape says ${elementCount(dims)}`;
  }
  if (type !== 'string') return null;
  for (const text of data as string[]) {
    if (text.includes('\0')) return 'holds a text with a NUL character, which the runtime would cut off';
    if (!text.isWellFormed()) return 'holds a text that is no valid Unicode';
  }
  return null;
}

/**
 * A plain object with the members of a native tensor, which the library takes as one. Its own class would turn the
 * bit patterns of float16 into a Float16Array, which version 1.30 then refuses as a feed ("expected 2, got 0").
 */
function toNative({ type, data, dims }: Tensor): NativeTensor {
  return { type, data, dims, location: 'cpu' } as unknown as NativeTensor;
}

function fromNative({ type, data, dims }: NativeTensor): Tensor {
  return { type: type as Tensor['type'], dims, data: toTensorData(data) };
}

/** float16 outputs come as a Float16Array where the platform has that. */
function toTensorData(data: NativeTensor['data']): TensorData {
  if (data instanceof Float16Array) return new Uint16Array(data.buffer, data.byteOffset, data.length);
  return data as TensorData;
}
