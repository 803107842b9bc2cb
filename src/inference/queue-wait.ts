/** The stretch of waits that were expected to be shorter is not learnt from, in milliseconds: they say little. */
const TELLING_MS = 5;
const SMOOTHING = 0.1;
const MOST_STRETCH = 8;

/**
 * How many times longer requests wait than the cost of what stands before them says: other models have their turns on
 * the threads, too, and the event loop has other work.
 */
export class WaitStretch {
  #factor = 1;

  /** At least 1. */
  get factor(): number {
    return this.#factor;
  }

  /** @param expectedMs what was expected, with the stretch of then. @param waitedMs what it was. */
  observe(expectedMs: number, waitedMs: number): void {
    if (expectedMs < TELLING_MS) return;
    const real = Math.min(this.#factor * (waitedMs / expectedMs), MOST_STRETCH);
    this.#factor = Math.max(1, this.#factor + SMOOTHING * (real - this.#factor));
  }
}
