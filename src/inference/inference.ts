import type { Tensor } from '../model/tensor.ts';
import type { Deadline } from './deadline.ts';

/** Where the time of one request went, in milliseconds. */
export interface InferenceTimings {
  /** From the call until the batch that holds the rows was handed to the session. */
  readonly queueMs: number;
  /** The run of that batch, thread hop included. */
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

/** Rows through one graph. Knows no versions. */
export interface Inference {
  /**
   * @param inputs one tensor per graph input, first dimension `rows`. Not to be touched by the caller afterwards.
   * @param deadline ended: the rows are dropped if they are not running yet, and the call rejects with its reason.
   * @throws GatewayError INFERENCE_FAILED, or the reason of the deadline.
   */
  infer(inputs: readonly Tensor[], rows: number, deadline: Deadline): Promise<InferenceResult>;

  /** Rows that wait for a run. */
  readonly queuedRows: number;

  /** Releases the sessions after the runs in flight. Idempotent. */
  close(): Promise<void>;
}
