import type { VersionChoice } from '../model/version-choice.ts';
import type { ModelStatus } from './model-status.ts';
import type { OperatorOutcome } from './operator-actions.ts';
import type { Readiness } from './readiness.ts';
import type { HintOutcome, RegistryHint } from './registry-hint.ts';
import type { Lease } from './servable.ts';

/** A lease, and the route under which it was asked for. */
export interface RoutedLease {
  readonly route: string;
  readonly lease: Lease;
}

/**
 * What operators may do with the model of a route.
 *
 * Every call throws GatewayError MODEL_NOT_FOUND, and what `OperatorActions` says.
 */
export interface OperatorCalls {
  /** Back to the previous version, held until the pointer changes. */
  rollback(route: string): Promise<OperatorOutcome>;
  /** Serves `version` whatever the pointer names, until the pin is taken away. */
  pin(route: string, version: string): Promise<OperatorOutcome>;
  /** Follows the pointer again. */
  unpin(route: string): Promise<OperatorOutcome>;
  /** Reads the pointer now, and tries again what had failed. */
  refresh(route: string): Promise<OperatorOutcome>;
}

/** The models as everything that answers requests sees them, wherever it is decided what serves. */
export interface ServedModels {
  /** The route of the default model; `null` if there is none. */
  readonly defaultRoute: string | null;
  readonly operations: OperatorCalls;

  readiness(): Readiness;

  /**
   * @param route `null`: the default model.
   * @throws GatewayError MODEL_NOT_FOUND, MODEL_AMBIGUOUS, MODEL_NOT_READY.
   */
  lease(route: string | null): RoutedLease;

  /**
   * A lease on one version, if it serves or is kept warm; `null` if it is not loaded.
   *
   * @throws GatewayError MODEL_NOT_FOUND, MODEL_AMBIGUOUS.
   */
  leaseVersion(route: string | null, version: string): RoutedLease | null;

  /**
   * The number of the version that the registry has under a number or a label.
   *
   * @throws GatewayError MODEL_NOT_FOUND, MODEL_AMBIGUOUS, VERSION_NOT_FOUND, MODEL_OVERLOADED; what the registry throws.
   */
  findVersion(route: string | null, choice: VersionChoice): Promise<string>;

  /** The name of a route if it is configured, else an empty text, so that clients cannot create metric series. */
  configuredRoute(route: string | null): string;

  /** @throws GatewayError MODEL_NOT_FOUND. */
  status(route: string): ModelStatus;

  statuses(): readonly ModelStatus[];

  /**
   * Has the registry read soon if the hint can concern what is served. Resolves before that, within milliseconds; a
   * hint whose delivery was taken before changes nothing.
   */
  hint(hint: RegistryHint): Promise<HintOutcome>;

  /** Unready, and nothing is loaded or swapped, from here on; what serves goes on. */
  beginShutdown(): void;
}
