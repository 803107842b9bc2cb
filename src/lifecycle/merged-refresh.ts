/** The least time between the beginnings of two reads that hints have caused. */
const LEAST_INTERVAL_MS = 1_000;

/**
 * Turns any number of hints into few reads of the registry: at most one a second, with at most one under way and one
 * waiting. The first comes at once.
 *
 * Invariant: after every hint a read begins that can see what the hint was about.
 */
export class MergedRefresh {
  readonly #refresh: () => Promise<void>;
  #isUnderWay = false;
  #isWanted = false;
  #timer: NodeJS.Timeout | null = null;
  #isClosed = false;

  /** @param refresh reads the registry, from a moment after the call on; never rejects. */
  constructor(refresh: () => Promise<void>) {
    this.#refresh = refresh;
  }

  /** Returns at once. */
  want(): void {
    this.#isWanted = true;
    this.#beginIfDue();
  }

  /** Nothing is read from here on. Idempotent. */
  close(): void {
    this.#isClosed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  #beginIfDue(): void {
    if (this.#isClosed || !this.#isWanted || this.#isUnderWay || this.#timer !== null) return;
    this.#isWanted = false;
    this.#isUnderWay = true;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#beginIfDue();
    }, LEAST_INTERVAL_MS);
    void this.#refresh().finally(() => {
      this.#isUnderWay = false;
      this.#beginIfDue();
    });
  }
}
