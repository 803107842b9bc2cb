import type { Placement } from '../engine/engine.ts';
import type { Tensor } from '../model/tensor.ts';
import type { Deadline } from './deadline.ts';

/** Where the time of one request went, in milliseconds. */
export interface InferenceTimings {
  /** From the call until the batch that holds the rows (the first of them) was handed to the session. */
  readonly queueMs: number;
  /** From there to the end of the run of that batch (of the last that holds rows), thread hop included. */
  readonly inferMs: number;
}

export interface InferenceResult {
  /** In the order of `Signature.outputs`; only the caller's own rows. */
  readonly outputs: readonly Tensor[];
  readonly timings: InferenceTimings;
}

/** One batch as it went through a session. */
export interface BatchObservation {
  readonly rows: number;
  readonly inferMs: number;
}

/** How the runs of one placement go at this moment. Times in milliseconds, of three significant digits. */
export interface RunFigures {
  /** What a run costs beside its rows, and for each row, by what runs have taken. */
  readonly fixedMs: number;
  readonly rowMs: number;
  /** The most rows of one run; `null`: every request is a run of its own. */
  readonly maxBatchRows: number | null;
  readonly queuedRows: number;
  /** How long a request that came now would wait. */
  readonly expectedWaitMs: number;
  /** Copies of the graph that run at once. */
  readonly sessions: number;
}

/** Where a graph runs at this moment, for people. */
export interface InferenceStatus {
  readonly placement: Placement;
  /** Why it is not where it was put at its load, in words; `null` while it is there. */
  readonly moved: string | null;
  /** Runs on the event loop; `null`: the graph is not loaded there. */
  readonly inline: RunFigures | null;
  /** Runs on worker threads; `null`: the graph is not loaded there. */
  readonly worker: RunFigures | null;
  /** How many runs of all models there are on worker threads at once. */
  readonly threads: number;
}

/** Rows through one graph. Knows no versions. */
export interface Inference {
  /**
   * @param inputs one tensor per graph input, first dimension `rows`. Not to be touched by the caller afterwards.
   * @param deadline ended: the rows are dropped if they are not running yet, and the call rejects with its reason.
   * @throws GatewayError INFERENCE_FAILED, MODEL_OVERLOADED as `admit`, or the reason of the deadline.
   */
  infer(inputs: readonly Tensor[], rows: number, deadline: Deadline): Promise<InferenceResult>;

  /**
   * A cheap look, before any work, at whether `rows` more rows can be answered in time.
   *
   * @throws GatewayError MODEL_OVERLOADED if they cannot; it says when the queue that stands now is worked off.
   */
  admit(rows: number, deadline: Deadline): void;

  readonly status: InferenceStatus;

  /** Rows that wait for a run. */
  readonly queuedRows: number;

  /** Releases the sessions after the runs in flight. Idempotent. */
  close(): Promise<void>;
}
