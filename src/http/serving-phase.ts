/** Where the server stands between start and exit (contract 4.5). */
export type ServingPhase =
  | 'serving'
  /** After SIGTERM: still serving while load balancers take notice, each answer with `connection: close`. */
  | 'announcing'
  /** New requests get 503; running ones finish. */
  | 'draining';

/** The phase, shared by everything that answers. */
export class PhaseHolder {
  #phase: ServingPhase = 'serving';

  get phase(): ServingPhase {
    return this.#phase;
  }

  /** Phases only move forward. */
  advance(phase: Exclude<ServingPhase, 'serving'>): void {
    this.#phase = phase;
  }

  /** Headers that every answer carries in this phase. */
  get headers(): Readonly<Record<string, string>> {
    return this.#phase === 'serving' ? NONE : CLOSE;
  }
}

const NONE: Readonly<Record<string, string>> = {};
const CLOSE: Readonly<Record<string, string>> = { connection: 'close' };
