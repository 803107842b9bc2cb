/**
 * For how long a delivery is known. Its signature is good for 300 s on either side of its timestamp, so at most 600 s
 * after it was first taken; MLflow repeats one for at most 270 s (three repeats, each 30 s of waiting and 60 s of pause).
 */
const REMEMBER_MS = 900_000;

/** About 2 MiB. More within the time would mean ten a second; the oldest are forgotten then. */
const MOST_DELIVERIES = 10_000;

/** Which deliveries were taken, in bounded memory. One that is forgotten too early costs one needless read. */
export class SeenDeliveries {
  readonly #now: () => number;
  /** Id → when it was taken; in that order. */
  readonly #taken = new Map<string, number>();

  /** @param now in ms since the epoch. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** @returns false if it was taken before. */
  take(id: string): boolean {
    this.#forget((at) => at < this.#now() - REMEMBER_MS);
    if (this.#taken.has(id)) return false;
    this.#forget(() => this.#taken.size >= MOST_DELIVERIES);
    this.#taken.set(id, this.#now());
    return true;
  }

  /** The oldest first, for as long as `isTooOld`. */
  #forget(isTooOld: (at: number) => boolean): void {
    for (const [id, at] of this.#taken) {
      if (!isTooOld(at)) return;
      this.#taken.delete(id);
    }
  }
}
