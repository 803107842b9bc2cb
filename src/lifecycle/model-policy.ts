import type { ModelUri, Pointer } from '../model/model-uri.ts';
import type { Precision } from '../model/precision.ts';

/** How one configured model is to be served. */
export interface ModelPolicy {
  /** False: each request is a run of its own. */
  readonly batching: boolean;
  /** `compatible`: a version whose signature would break requests that are valid now is rejected. */
  readonly signature: 'compatible' | 'any';
  /** `auto`: by what the trial measured. */
  readonly placement: 'auto' | 'inline' | 'worker';
  /** What `/invocations` answers; `null`: as the flavours decide that the version was logged with. */
  readonly invocations: 'predictions' | 'records' | null;
  /** What the graph of a version that holds none (scikit-learn, XGBoost, LightGBM) is made to calculate in. */
  readonly precision: Precision;
}

/** A second pointer of the same model that is to name the version that the followed one names. */
export interface CrossCheck {
  readonly pointer: Pointer;
  /** `warn`: where they disagree the followed one counts, and log, status and a gauge say so. */
  readonly policy: 'warn';
}

/** One entry of the `models` setting. */
export interface FollowedModel extends ModelPolicy {
  readonly uri: ModelUri;
  /** `null`: the registered name. Always `null` for a wildcard. */
  readonly route: string | null;
  /** `null`: the pointer is compared with no other. */
  readonly crossCheck: CrossCheck | null;
}
