/** Another wording of the same trouble is said at most so often. */
const REWORDED_MS = 60_000;
/** The same words are said again after so long, so that whoever looks at the last hour finds them. */
const REMINDER_MS = 600_000;

/** What a line that is said now can tell of those that were not. */
export interface Repetition {
  /** How often nothing was said since the last line. */
  readonly unsaid: number;
  /** How long the trouble lasts by now, in ms. */
  readonly forMs: number;
}

/** Decides when a trouble that may repeat each poll, in ever other words, is worth another line. */
export class RepeatedLine {
  readonly #now: () => number;
  #begunAt: number | null = null;
  #saidAt = Number.NEGATIVE_INFINITY;
  #said: string | null = null;
  #unsaid = 0;

  /** @param now in ms since the epoch. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** @returns `null` if nothing is to be said of this time. */
  begin(words: string): Repetition | null {
    const now = this.#now();
    this.#begunAt ??= now;
    const pauseMs = words === this.#said ? REMINDER_MS : REWORDED_MS;
    if (now - this.#saidAt < pauseMs) {
      this.#unsaid += 1;
      return null;
    }
    const repetition = { unsaid: this.#unsaid, forMs: now - this.#begunAt };
    this.#saidAt = now;
    this.#said = words;
    this.#unsaid = 0;
    return repetition;
  }

  /**
   * The trouble is over. One that comes back within a minute is the same one, going on and off.
   *
   * @returns `null` if nothing had been said of it.
   */
  end(): Repetition | null {
    if (this.#begunAt === null) return null;
    const forMs = this.#now() - this.#begunAt;
    this.#begunAt = null;
    if (this.#said === null) return null;
    this.#said = null;
    const repetition = { unsaid: this.#unsaid, forMs };
    return repetition;
  }
}
