/** What became of a version in a gateway. */
export type StandingStatus =
  /** It answers requests, under at least one route. */
  | 'live'
  /** It has served, and another version took its place, or it was taken out of service. */
  | 'previous'
  /** It could not be fetched, prepared, tried or loaded. */
  | 'failed'
  /** It loads, and its signature would break requests that are valid now. */
  | 'rejected';

/** What a gateway tells the registry about a version, for whoever registered or promoted it. */
export interface VersionStanding {
  readonly status: StandingStatus;
  /** One or more sentences without secrets, for people. */
  readonly reason: string;
  /** SHA-256 over the version's files, `sha256:…`; `null` if they were never complete here. */
  readonly digest: string | null;
  /** When it went live; `null` if it did not do so just now. */
  readonly servedAt: Date | null;
}

/**
 * The version tags that a standing is written to. They are the gateway's own: nothing may be done because one of them
 * changed (MLflow's webhooks tell of it), while `switchyard.allow_breaking` is a user's.
 */
export const STANDING_TAGS = {
  status: 'switchyard.status',
  reason: 'switchyard.reason',
  digest: 'switchyard.digest',
  servedAt: 'switchyard.served_at',
} as const;
