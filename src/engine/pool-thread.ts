import { Worker } from 'node:worker_threads';
import { fromErrorRecord, GatewayError } from '../errors.ts';
import type { Graph } from '../model/graph.ts';
import type { Tensor } from '../model/tensor.ts';
import { shipTensors, withoutNeighbours } from '../model/tensor-shipment.ts';
import type { WorkerCall, WorkerReply } from './messages.ts';
import { NO_EXPERIMENTAL_WARNINGS } from './return-memory.ts';
import type { Lane } from './run-slots.ts';

/** After so many deaths without one answer in between a thread is given up. */
const MAX_DEATHS_IN_A_ROW = 3;

const TEXT_HEAP_FRACTION = 0.25;

const ENTRY = new URL(
  import.meta.url.endsWith('.ts') ? './worker-thread.ts' : './worker-thread.js',
  import.meta.url,
);

type Call = WorkerCall extends infer One ? (One extends unknown ? Omit<One, 'call'> : never) : never;

/** What a run gave, and what it took of the thread in milliseconds. */
export interface PoolRun {
  readonly outputs: readonly Tensor[];
  readonly runMs: number;
}

interface PendingCall {
  readonly call: Call;
  /** Whether the inputs of a run are still here, so that another thread can have them. */
  readonly isRetained: boolean;
  readonly resolve: (reply: PoolRun) => void;
  readonly reject: (error: unknown) => void;
}

export interface PoolThreadOptions {
  readonly name: string;
  /** Limit of the thread's JavaScript heap in MiB; native memory does not count. */
  readonly heapMiB: number;
}

/**
 * One worker thread and the sessions on it. The thread starts with its first session. If it dies, the run that was out
 * fails, and a new thread takes its place, loads its sessions again and makes the runs that had not begun.
 */
export class PoolThread implements Lane {
  readonly #options: PoolThreadOptions;
  #worker: Worker | null = null;
  readonly #pending = new Map<number, PendingCall>();
  /** What a new thread has to load. */
  readonly #graphs = new Map<number, Graph>();
  #lastCall = 0;
  #deathsInARow = 0;
  /** What the texts of the runs in flight take of the heap, at most. */
  #textBytes = 0;
  #runsInFlight = 0;
  /** Those that could not be loaded again. */
  readonly #lostSessions = new Set<number>();
  #state: 'open' | 'broken' | 'closed' = 'open';

  constructor(options: PoolThreadOptions) {
    this.#options = options;
  }

  get sessionCount(): number {
    return this.#graphs.size;
  }

  get inFlight(): number {
    return this.#runsInFlight;
  }

  /** False once the thread or one of its sessions could not be replaced. */
  get isHealthy(): boolean {
    return this.#state !== 'broken' && this.#lostSessions.size === 0;
  }

  /** False once runs of this session can only fail. */
  isSessionHealthy(session: number): boolean {
    return this.#state !== 'broken' && !this.#lostSessions.has(session);
  }

  /**
   * @param session a number that names the session from here on, unique within the thread.
   * @throws GatewayError INVALID_MODEL, LOAD_CRASHED if the thread died of it repeatedly, SHUTTING_DOWN after `close`.
   */
  async load(session: number, graph: Graph): Promise<void> {
    this.#graphs.set(session, graph);
    try {
      await this.#ask({ call: { kind: 'load', session, graph }, isRetained: true });
    } catch (error) {
      this.#graphs.delete(session);
      throw error;
    }
  }

  /**
   * @throws GatewayError INFERENCE_FAILED, also if the thread dies meanwhile; MODEL_OVERLOADED if the texts of the
   * runs in flight leave no room for these.
   */
  async run(session: number, inputs: readonly Tensor[]): Promise<PoolRun> {
    const textBytes = this.#reserveTexts(inputs);
    // What is not to start at once is copied and not given away: it outlives a thread that dies of the run before.
    const isRetained = this.#runsInFlight > 0;
    this.#runsInFlight += 1;
    try {
      const { tensors, transfer } = isRetained
        ? { tensors: withoutNeighbours(inputs), transfer: [] }
        : shipTensors(inputs);
      return await this.#ask({ call: { kind: 'run', session, inputs: tensors }, isRetained }, transfer);
    } finally {
      this.#runsInFlight -= 1;
      this.#textBytes -= textBytes;
    }
  }

  /** Releases the session after its runs in flight. */
  async closeSession(session: number): Promise<void> {
    this.#graphs.delete(session);
    this.#lostSessions.delete(session);
    if (this.#worker !== null && this.#state === 'open') {
      await this.#ask({ call: { kind: 'close', session }, isRetained: true });
    }
  }

  /** Ends the thread. What is still asked of it fails. */
  async close(): Promise<void> {
    this.#state = 'closed';
    await this.#worker?.terminate();
  }

  /**
   * A heap that is exhausted in JavaScript costs the thread; within the native binding, which makes and reads texts
   * one by one, it costs the process. So texts get a fraction of the heap and no more.
   */
  #reserveTexts(inputs: readonly Tensor[]): number {
    const limit = this.#options.heapMiB * 1024 ** 2 * TEXT_HEAP_FRACTION;
    const bytes = textBytesOf(inputs);
    if (bytes > limit) {
      throw new GatewayError('INFERENCE_FAILED', "the texts of one run take too much of a worker's memory");
    }
    if (this.#textBytes + bytes > limit) {
      const options = { retryAfterSeconds: 1 };
      throw new GatewayError('MODEL_OVERLOADED', 'the worker is busy with many texts', options);
    }
    this.#textBytes += bytes;
    return bytes;
  }

  #ask(asked: Pick<PendingCall, 'call' | 'isRetained'>, transfer: ArrayBuffer[] = []): Promise<PoolRun> {
    return new Promise((resolve, reject) => this.#post({ ...asked, resolve, reject }, transfer));
  }

  #post(pending: PendingCall, transfer: ArrayBuffer[] = []): void {
    if (this.#state !== 'open') {
      pending.reject(this.#refusal(pending.call));
      return;
    }
    this.#worker ??= this.#start();
    const call = ++this.#lastCall;
    try {
      this.#worker.postMessage({ ...pending.call, call } satisfies WorkerCall, transfer);
    } catch (error) {
      pending.reject(
        new GatewayError('INFERENCE_FAILED', 'the inputs cannot be sent to a worker', { cause: error }),
      );
      return;
    }
    this.#pending.set(call, pending);
    this.#worker.ref();
  }

  #start(): Worker {
    const { name, heapMiB } = this.#options;
    const worker = new Worker(ENTRY, {
      name,
      // Not this process's own: a debugger port or a loader is meant for the main thread.
      execArgv: [NO_EXPERIMENTAL_WARNINGS],
      resourceLimits: { maxOldGenerationSizeMb: heapMiB },
    });
    let cause: unknown = null;
    worker.on('message', (reply: WorkerReply) => this.#settle(reply));
    worker.on('error', (error) => {
      cause = error;
    });
    worker.on('exit', () => this.#replace(cause));
    return worker;
  }

  #settle({ call, outputs, runMs, failure }: WorkerReply): void {
    const pending = this.#pending.get(call);
    this.#pending.delete(call);
    // An idle thread must not keep the process alive.
    if (this.#pending.size === 0) this.#worker?.unref();
    this.#deathsInARow = 0;
    if (failure === null) pending?.resolve({ outputs: outputs ?? [], runMs });
    else pending?.reject(fromErrorRecord(failure));
  }

  #replace(cause: unknown): void {
    this.#worker = null;
    this.#deathsInARow += 1;
    if (this.#state === 'open' && this.#deathsInARow >= MAX_DEATHS_IN_A_ROW) this.#state = 'broken';
    // Replies that had been sent came before this; so the first run is the one that was out, if any was. Loads of other
    // sessions may stand before it: to make it again could cost the next thread, too.
    let hasCulprit = false;
    const interrupted = [...this.#pending.values()];
    this.#pending.clear();
    const loading = new Map<number, PendingCall>();
    const waiting: PendingCall[] = [];
    for (const pending of interrupted) {
      if (pending.call.kind === 'load') loading.set(pending.call.session, pending);
      else if (pending.call.kind === 'close') pending.resolve({ outputs: [], runMs: 0 });
      else if (hasCulprit && pending.isRetained) waiting.push(pending);
      else {
        hasCulprit = true;
        pending.reject(threadDied(cause));
      }
    }
    for (const [session, graph] of this.#graphs) {
      this.#post(loading.get(session) ?? this.#reload(session, graph));
      loading.delete(session);
    }
    for (const pending of loading.values()) pending.reject(this.#refusal(pending.call));
    for (const pending of waiting) this.#post(pending);
  }

  #reload(session: number, graph: Graph): PendingCall {
    return {
      call: { kind: 'load', session, graph },
      isRetained: true,
      resolve: () => undefined,
      // Its owner still holds it and has no way to load it again.
      reject: () => {
        if (this.#graphs.has(session)) this.#lostSessions.add(session);
      },
    };
  }

  #refusal(call: Call): GatewayError {
    if (this.#state === 'closed') return new GatewayError('SHUTTING_DOWN', 'the engine is closed');
    const code = call.kind === 'load' ? 'LOAD_CRASHED' : 'INFERENCE_FAILED';
    return new GatewayError(code, 'the worker thread died repeatedly and was given up');
  }
}

/** Header, padding and pointer of each text, and two bytes for each of its code units. */
function textBytesOf(inputs: readonly Tensor[]): number {
  let bytes = 0;
  for (const { data } of inputs) {
    if (!Array.isArray(data)) continue;
    for (const text of data) bytes += 32 + 2 * text.length;
  }
  return bytes;
}

function threadDied(cause: unknown): GatewayError {
  const isMemory = (cause as { code?: unknown } | null)?.code === 'ERR_WORKER_OUT_OF_MEMORY';
  const reason = isMemory ? 'used up its JavaScript memory' : 'ended unexpectedly';
  return new GatewayError('INFERENCE_FAILED', `the worker thread of this run ${reason}`, { cause });
}
