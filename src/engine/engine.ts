import type { Graph } from '../model/graph.ts';
import type { Tensor } from '../model/tensor.ts';

/**
 * Where a session's runs take place. `inline`: on the calling thread, for graphs whose run costs less than a hop.
 * `worker`: on a thread of the pool.
 */
export type Placement = 'inline' | 'worker';

/** The native thing that runs one graph. */
export interface Session {
  readonly placement: Placement;

  /** False once its thread was given up, or could not load it again: its runs can only fail. */
  readonly isHealthy: boolean;

  /** What the run that ended last took of its thread, in milliseconds: the native call, without waiting or hop. */
  readonly lastRunMs: number;

  /**
   * Asks for a turn. `onTurn` is called once, in a later turn of the event loop, when it is this session's turn: a run
   * that it begins starts at once, or right after the one that the session has out. It may begin none. It is told what
   * the run may take of the event loop, in milliseconds; infinite on a worker.
   *
   * @param expectedMs what the run will take; turns are given out so that no model keeps the others from theirs.
   */
  requestTurn(onTurn: (budgetMs: number) => void, expectedMs: number): void;

  /**
   * Runs the graph once; outside of a turn it waits for one.
   *
   * @param inputs one tensor for each of the graph's inputs, in order. Owned by the session from here on: buffers may be transferred.
   * @returns the outputs named at load, in that order. The caller owns them.
   * @throws GatewayError INFERENCE_FAILED; INVALID_INPUT if the graph itself refuses a value; MODEL_OVERLOADED if a worker holds too many texts already.
   */
  run(inputs: readonly Tensor[]): Promise<readonly Tensor[]>;

  /** Releases the native memory after the runs in flight. Idempotent; `run` afterwards throws INFERENCE_FAILED. */
  close(): Promise<void>;
}

/** The runtime. There is one, ONNX Runtime; the port exists for the fake that lifecycle and batching tests use. */
export interface Engine {
  /**
   * @throws GatewayError INVALID_MODEL if the runtime refuses the graph; LOAD_CRASHED if its worker dies of it;
   *   SHUTTING_DOWN after `close`; INTERNAL if there is no runtime for this platform. The signal's reason on abort.
   */
  load(graph: Graph, placement: Placement, signal: AbortSignal): Promise<Session>;

  /** How many sessions on workers run at once. */
  readonly threads: number;

  /** False once a worker cannot be replaced any more: the process can only be restarted. */
  readonly isHealthy: boolean;

  /**
   * Closes all sessions and threads, after the runs in flight. Idempotent. Until it resolves `process.exit` is not
   * safe: with a run in flight on a worker it waits for the run, and then the process aborts.
   */
  close(): Promise<void>;
}

/** One run that the trial process makes. `inputs` as in `Session.run`. */
export interface TrialRun {
  readonly inputs: readonly Tensor[];
}

/** What a trial found. Times in milliseconds. */
export interface TrialReport {
  /** Creating the session, without the time in which the machine did other things. */
  readonly loadMs: number;
  /** Median of repeated executions of the first run, warm, taken in the same way; `null` if no run succeeded. */
  readonly runMs: number | null;
  /** How much the process grew by the load and the runs. */
  readonly memoryBytes: number;
  /** For each run, in order: its outputs, or why it failed. */
  readonly runs: readonly ({ readonly outputs: readonly Tensor[] } | { readonly error: string })[];
}

/** Loads and runs a graph where a crash, a hang or an explosion of memory reaches nobody else. */
export interface TrialRunner {
  /**
   * @param timeoutMs the trial process is killed after this time.
   * @throws GatewayError INVALID_MODEL (the runtime refused the graph), LOAD_CRASHED, LOAD_TIMEOUT, MEMORY_LIMIT;
   *   INTERNAL (no trial process or no runtime), SHUTTING_DOWN after `close`. The signal's reason on abort.
   */
  try(graph: Graph, runs: readonly TrialRun[], timeoutMs: number, signal: AbortSignal): Promise<TrialReport>;

  /** Kills the trial process if one is alive. Idempotent. */
  close(): Promise<void>;
}
