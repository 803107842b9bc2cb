import type { GatewayError } from '../errors.ts';
import type { BatchObservation } from '../inference/inference.ts';
import type { ModelVersion } from '../model/model-version.ts';
import type { VersionStanding } from '../model/version-standing.ts';
import type { Resolution } from '../registry/model-registry.ts';
import type { StandingOutcome } from '../registry/standing-writer.ts';
import type { Servable } from './servable.ts';

/** How an attempt to change what serves ended. */
export type SwapOutcome =
  /** The wanted version is current now. */
  | 'swapped'
  /** It could not be fetched, prepared, tried or loaded. */
  | 'load-failed'
  /** It loads, and its signature would break requests that are valid now. */
  | 'rejected'
  /** The previous version is current again, by an operator or because the pointer went back. */
  | 'rolled-back';

/** What the lifecycle tells whoever observes it (log and metrics). Called synchronously; must not throw. */
export interface LifecycleEvents {
  /** The pointer of a route names another version, or names one for the first time. */
  pointerMoved(route: string, uri: string, from: ModelVersion | null, to: ModelVersion): void;
  /** The pointer names nothing: `isGone` once that is certain. */
  pointerAbsent(route: string, uri: string, reason: string, isGone: boolean): void;
  /** The pointer cannot be told or followed now (403, a version that is not READY), or for another reason than before. */
  pointerFailed(route: string, uri: string, error: GatewayError): void;
  loadStarted(route: string, version: ModelVersion): void;
  loadFinished(route: string, version: ModelVersion, outcome: SwapOutcome, seconds: number): void;
  loadFailed(route: string, version: ModelVersion, error: GatewayError, retryAt: number | null): void;
  /** What kept a version from being fetched may be over: it is tried again before its time. */
  storeChanged(route: string, version: ModelVersion): void;
  swapped(route: string, from: ModelVersion | null, to: Servable, outcome: SwapOutcome): void;
  unloaded(route: string, version: ModelVersion | null): void;
  /** A servable that left its slot is closed. */
  closed(route: string, version: ModelVersion, error: unknown): void;
  /** A wildcard's match is not served under its name because another pointer has it. */
  routeTaken(route: string, uri: string, by: string): void;
  defaultModelChosen(route: string): void;
  /** No pointer of a wildcard matches; `available` are the stages and aliases that exist. */
  nothingMatches(uri: string, available: readonly string[]): void;
  /** A poll was answered, in whole or in part. */
  registryAnswered(resolutions: readonly Resolution[]): void;
  registryFailed(error: GatewayError, retryInMs: number): void;
  notes(route: string, notes: readonly string[]): void;
  /** The state could not be written: a restart will not know of the last swap. */
  stateUnwritten(route: string, error: unknown): void;
  /** The registry knows what became of a version. */
  standingTold(version: ModelVersion, standing: VersionStanding, outcome: StandingOutcome): void;
  /** It could not be told; `retryAt` in ms since the epoch, `null` if that is given up, or refused (REGISTRY_FORBIDDEN). */
  standingUntold(version: ModelVersion, error: GatewayError, retryAt: number | null): void;
  batchRan(route: string, version: string, batch: BatchObservation): void;
}
