import type { Catalog } from './catalog.ts';

/** Whether the whole server should get traffic, and if not, why. */
export type Readiness = { readonly ready: true } | { readonly ready: false; readonly reason: string };

export interface ReadinessParts {
  readonly catalog: Catalog;
  /** Whether the first poll of the registry is over, answered or not. */
  readonly hasPolled: () => boolean;
  /** Why the last poll was not answered; `null` if it was. */
  readonly registryProblem: () => string | null;
  readonly isEngineHealthy: () => boolean;
}

/**
 * Ready once every explicitly named model serves, every wildcard match serves or has failed once, and at least one
 * serves; from then on only a stop, an engine that cannot recover, or nothing left to serve make it unready.
 */
export class ReadinessGate {
  readonly #parts: ReadinessParts;
  #wasReady = false;
  #isStopping = false;

  constructor(parts: ReadinessParts) {
    this.#parts = parts;
  }

  /** Unready from here on. */
  stop(): void {
    this.#isStopping = true;
  }

  check(): Readiness {
    const reason = this.#obstacle();
    if (reason !== null) return { ready: false, reason };
    this.#wasReady = true;
    return { ready: true };
  }

  #obstacle(): string | null {
    if (this.#isStopping) return 'the server is shutting down';
    if (!this.#parts.isEngineHealthy()) return 'the engine cannot recover; restart the process';
    const { catalog } = this.#parts;
    const waiting = this.#wasReady ? null : this.#startingObstacle();
    if (waiting !== null) return waiting;
    if (catalog.controllers.some((controller) => controller.slot.current !== null)) return null;
    return `no model serves; ${this.#parts.registryProblem() ?? catalog.whyEmpty}`;
  }

  /** What the start still waits for. */
  #startingObstacle(): string | null {
    const { catalog, hasPolled } = this.#parts;
    // Which models a wildcard matches is not known before.
    if (!hasPolled() && catalog.hasWildcard) return 'the registry has not answered yet';
    for (const controller of catalog.controllers) {
      const waits = catalog.isExplicit(controller)
        ? controller.slot.current === null
        : !controller.hasSettledOnce;
      if (!waits) continue;
      const { lastError } = controller;
      return `model "${controller.route}" does not serve yet${lastError === null ? '' : `: ${lastError.message}`}`;
    }
    return null;
  }
}
