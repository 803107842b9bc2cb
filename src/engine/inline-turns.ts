/** What inline runs may take of one turn of the event loop, in milliseconds, all models together. */
export const INLINE_TURN_MS = 2;

interface WaitingTurn {
  readonly onTurn: () => void;
  readonly expectedMs: number;
}

/**
 * Turns of the sessions that run on the event loop. In one turn of the loop as many begin as are expected to fit into
 * its budget, at least one; then sockets and timers have theirs.
 *
 * Invariant: turns are given in the order in which they were asked for, so that sessions that ask again after each
 * run take turns.
 */
export class InlineTurns {
  #waiting: WaitingTurn[] = [];
  #isScheduled = false;

  /** As `Session.requestTurn`. */
  request(onTurn: () => void, expectedMs: number): void {
    this.#waiting.push({ onTurn, expectedMs });
    this.#schedule();
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(this.#give);
  }

  readonly #give = (): void => {
    this.#isScheduled = false;
    const waiting = this.#waiting;
    let begun = 0;
    let expectedMs = 0;
    for (const turn of waiting) {
      expectedMs += turn.expectedMs;
      if (begun > 0 && expectedMs > INLINE_TURN_MS) break;
      begun++;
    }
    this.#waiting = begun === waiting.length ? [] : waiting.slice(begun);
    if (this.#waiting.length > 0) this.#schedule();
    for (let index = 0; index < begun; index++) waiting[index]!.onTurn();
  };
}
