import type { Catalog } from './catalog.ts';

/** Whether the whole server should get traffic, and if not, why. */
export type Readiness = { readonly ready: true } | { readonly ready: false; readonly reason: string };

export interface ReadinessParts {
  readonly catalog: Catalog;
  /** Whether the first poll of the registry is over, answered or not. */
  readonly hasPolled: () => boolean;
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
    const { controllers } = catalog;
    if (!this.#wasReady) {
      if (!this.#parts.hasPolled() && controllers.some((controller) => !controller.hasSettledOnce)) {
        return 'the registry has not answered yet';
      }
      for (const controller of controllers) {
        const waits = catalog.isExplicit(controller)
          ? controller.slot.current === null
          : !controller.hasSettledOnce;
        if (!waits) continue;
        const error = controller.lastError;
        return `model "${controller.route}" does not serve yet${error === null ? '' : `: ${error.message}`}`;
      }
    }
    if (controllers.some((controller) => controller.slot.current !== null)) return null;
    return this.#parts.hasPolled()
      ? `no model serves; ${catalog.whyEmpty}`
      : 'the registry has not answered yet';
  }
}
