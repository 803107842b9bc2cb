import type { Statement } from './standing-ledger.ts';

/** In polls: so often it is asked whether the registry takes by now what it refused, a minute by default. */
const PROBE_POLLS = 12;
const LEAST_PROBE_MS = 5_000;
const LONGEST_PROBE_MS = 600_000;
/** In versions; above it the oldest are forgotten. */
const MOST_REFUSED = 10_000;

export interface RefusedStatementsParts {
  readonly pollIntervalMs: number;
  /** In ms since the epoch. */
  readonly now: () => number;
}

/**
 * What the registry refused because the account may not write, until it may. A right is given for a model, by people, at
 * any time: so one statement is tried again now and then. Once one is taken the others of its model can be, too.
 */
export class RefusedStatements {
  readonly #parts: RefusedStatementsParts;
  /** By version, the oldest refusal first. */
  readonly #refused = new Map<string, Statement>();
  #probeAt = 0;

  constructor(parts: RefusedStatementsParts) {
    this.#parts = parts;
  }

  add(key: string, statement: Statement): void {
    const { now, pollIntervalMs } = this.#parts;
    this.#refused.delete(key);
    this.#refused.set(key, statement);
    const [oldest] = this.#refused.keys();
    if (oldest !== undefined && this.#refused.size > MOST_REFUSED) this.#refused.delete(oldest);
    const pauseMs = Math.max(LEAST_PROBE_MS, PROBE_POLLS * pollIntervalMs);
    this.#probeAt = now() + Math.min(LONGEST_PROBE_MS, pauseMs);
  }

  /** Something newer is to be said of that version. */
  forget(key: string): void {
    this.#refused.delete(key);
  }

  /** In how many ms the next one may be tried; `null` if none was refused. */
  get dueInMs(): number | null {
    return this.#refused.size === 0 ? null : Math.max(0, this.#probeAt - this.#parts.now());
  }

  /** The one to try again now; `null` if it is not time. */
  takeDue(): readonly [key: string, statement: Statement] | null {
    const [oldest] = this.#refused;
    if (oldest === undefined || this.dueInMs !== 0) return null;
    this.#refused.delete(oldest[0]);
    return oldest;
  }

  /** Those about this model, of which the registry has taken one. */
  takeModel(name: string): readonly (readonly [key: string, statement: Statement])[] {
    const released = [...this.#refused].filter(([, { version }]) => version.name === name);
    for (const [key] of released) this.#refused.delete(key);
    return released;
  }

  /** The next one may be tried at once. */
  hurry(): void {
    this.#probeAt = 0;
  }
}
