import type { GatewayError } from '../errors.ts';
import type { ModelUri } from '../model/model-uri.ts';
import type { ModelVersion } from '../model/model-version.ts';

/** What one pointer of one model names at this moment. */
export type PointerState =
  | {
      readonly outcome: 'found';
      readonly name: string;
      readonly version: ModelVersion;
      /** Sentences for the operator, e.g. `Production holds 1 and 2; 2 is served; archive 2 to roll back`. */
      readonly notes: readonly string[];
    }
  | {
      /** There is no such model, or its stage is empty, or it has no such alias or version. */
      readonly outcome: 'absent';
      readonly name: string;
      /** Says what is missing and which stages and aliases exist. */
      readonly reason: string;
    }
  | {
      /** The pointer names something that cannot be told or used now: 401/403, not READY, still being copied. */
      readonly outcome: 'failed';
      readonly name: string;
      readonly error: GatewayError;
    };

/** The answer to one of the URIs that `resolve` was asked for. */
export interface Resolution {
  readonly uri: ModelUri;
  /** Exactly one for a URI with a name; for `*` one for each model that has the pointer (never `absent`). */
  readonly states: readonly PointerState[];
  /** For `*` without a match: the stages and aliases that exist in the registry, for the message. */
  readonly available: readonly string[];
}

/**
 * Where model versions are recorded. Adapters: `directory/`, `mlflow/`. An adapter knows nothing of slots and
 * keeps no memory of earlier answers but what saves it requests.
 */
export interface ModelRegistry {
  /** The identity that goes into `ModelVersion.registry`; safe to print. */
  readonly id: string;

  /**
   * Reads all pointers now, with as few requests as the registry allows.
   *
   * @throws GatewayError REGISTRY_UNAVAILABLE or REGISTRY_FORBIDDEN if nothing can be told at all; with
   *   `retryAfterSeconds` if the registry said when to come back.
   */
  resolve(uris: readonly ModelUri[], signal: AbortSignal): Promise<readonly Resolution[]>;

  /**
   * Reads one pointer of one named model by the most direct way, without anything remembered: what decides whether
   * a pointer is really gone, and what an operator's `refresh` or `pin` uses.
   *
   * @throws as `resolve`.
   */
  read(uri: ModelUri, signal: AbortSignal): Promise<PointerState>;

  /**
   * Where the version's files lie, as a URI that some `ArtifactSource` accepts (`file:`, `mlflow-artifacts:`, `http:`, …).
   *
   * @throws GatewayError as `resolve`, or VERSION_NOT_FOUND.
   */
  locate(version: ModelVersion, signal: AbortSignal): Promise<string>;

  /** Frees connections. Idempotent. */
  close(): Promise<void>;
}
