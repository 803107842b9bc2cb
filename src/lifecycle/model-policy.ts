import type { ModelUri } from '../model/model-uri.ts';

/** How one configured model is to be served. */
export interface ModelPolicy {
  /** False: each request is a run of its own. */
  readonly batching: boolean;
  /** `compatible`: a version whose signature would break requests that are valid now is rejected. */
  readonly signature: 'compatible' | 'any';
  /** `auto`: by what the trial measured. */
  readonly placement: 'auto' | 'inline' | 'worker';
}

/** One entry of the `models` setting. */
export interface FollowedModel extends ModelPolicy {
  readonly uri: ModelUri;
  /** `null`: the registered name. Always `null` for a wildcard. */
  readonly route: string | null;
}
