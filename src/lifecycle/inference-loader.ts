import type { Inference } from '../inference/inference.ts';
import type { Graph } from '../model/graph.ts';
import type { InvocationsForm } from '../model/invocations-form.ts';
import type { ModelVersion } from '../model/model-version.ts';
import type { Signature } from '../model/signature.ts';
import type { Tensor } from '../model/tensor.ts';
import type { Verdict } from './gate.ts';
import type { ModelPolicy } from './model-policy.ts';
import type { PlacementDecision } from './servable.ts';

/**
 * A version that has passed every check, as all that is needed to run it: plain data, so that another process can take
 * the order, too. The files of `graph` stay until the inference is closed.
 */
export interface InferenceOrder {
  readonly route: string;
  readonly version: ModelVersion;
  /** SHA-256 over the version's files, `sha256:…`. */
  readonly digest: string;
  readonly signature: Signature;
  readonly graph: Graph;
  readonly placement: PlacementDecision;
  readonly verdict: Verdict;
  readonly policy: ModelPolicy;
  /** What `/invocations` answers, by the policy or else by the version. */
  readonly invocations: InvocationsForm;
  /** One row to run before the first request; `null` if none can be made. */
  readonly warmUpRow: readonly Tensor[] | null;
  /** A row to try it with, as it stands in a request; `null` if none can be made. */
  readonly exampleRow: unknown;
}

/** Takes the memory of one more copy of the graph. @returns gives it back; `null`: there is not enough. */
export type ReserveCopy = () => (() => void) | null;

/** The last step of a load: brings a checked version to where requests can run on it. */
export interface InferenceLoader {
  /**
   * @param reserve for copies beyond the first, whose memory the caller has reserved.
   * @returns a warm inference that the caller closes.
   * @throws GatewayError as `Engine.load` and `Inference.infer`; the signal's reason on abort.
   */
  load(order: InferenceOrder, reserve: ReserveCopy, signal: AbortSignal): Promise<Inference>;
}
