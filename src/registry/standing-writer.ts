import type { ModelVersion } from '../model/model-version.ts';
import type { VersionStanding } from '../model/version-standing.ts';

/** How the telling of a standing ended. */
export type StandingOutcome =
  | 'written'
  /** The registry's record said the same already; nothing was written. */
  | 'unchanged'
  /** There is no such version any more, or another one has its number. */
  | 'gone';

/** Where a gateway tells the registry what became of a version. Adapter: `mlflow/`. */
export interface StandingWriter {
  /** Whether the tags of a version's record say the same as `standing`, whichever gateway wrote them. */
  isSaid(tags: Readonly<Record<string, string>>, standing: VersionStanding): boolean;

  /**
   * Makes the version's record say `standing`. May be repeated.
   *
   * @throws GatewayError REGISTRY_FORBIDDEN if the account may not write, REGISTRY_UNAVAILABLE if it makes sense to try
   *   again; `signal`'s reason.
   */
  write(version: ModelVersion, standing: VersionStanding, signal: AbortSignal): Promise<StandingOutcome>;

  /** Frees connections. Idempotent. */
  close(): Promise<void>;
}
