const SMOOTHING = 0.1;
/** A pause of the machine is no rate: one observation counts at most as so many times what was known. */
const MOST_SURPRISE = 2;

/**
 * How fast a queue is worked off, measured where it matters: from the end of one batch to the end of the next while the
 * queue is never empty. It counts in what the cost of runs does not: turns of other models, and an event loop that
 * has requests to read and answers to write. While the queue runs empty, what was learnt fades.
 */
export class DrainRate {
  #rowMs = 0;
  /** When a batch ended and left rows behind; `null`: the queue was empty. */
  #since: number | null = null;

  /** What one row takes, in milliseconds; 0 while nothing is known. */
  get rowMs(): number {
    return this.#rowMs;
  }

  /**
   * A batch of `rows` rows has ended at `now`.
   *
   * @param runMs from its start.
   * @param isBehind whether rows wait.
   */
  observe(rows: number, now: number, runMs: number, isBehind: boolean): void {
    if (this.#since !== null) {
      const known = this.#rowMs === 0 ? runMs / rows : this.#rowMs;
      const rowMs = Math.min((now - this.#since) / rows, known * MOST_SURPRISE);
      this.#rowMs = known + SMOOTHING * (rowMs - known);
    } else if (!isBehind) {
      this.#rowMs *= 1 - SMOOTHING;
    }
    this.#since = isBehind ? now : null;
  }
}
