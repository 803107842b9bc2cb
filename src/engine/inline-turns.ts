/** What inline runs may take of one turn of the event loop, in milliseconds, all models together. */
export const INLINE_TURN_MS = 2;

/** What they may take of a turn that is long by itself. */
const MOST_TURN_MS = 50;

interface WaitingTurn {
  readonly onTurn: (budgetMs: number) => void;
  readonly expectedMs: number;
}

/**
 * Turns of the sessions that run on the event loop. In one turn of the loop as many begin as are expected to fit into
 * its budget, at least one; then sockets and timers have theirs. Where these take longer than the budget, the runs may
 * take as long as they did: else a flood of requests, each of which is read and parsed, would leave no time to answer
 * any, while the loop is no faster for it. What runs took does not count: turns of several busy models would grow by
 * themselves.
 *
 * Invariant: turns are given in the order in which they were asked for, so that sessions that ask again after each
 * run take turns.
 */
export class InlineTurns {
  #waiting: WaitingTurn[] = [];
  #isScheduled = false;
  #scheduledAt = 0;
  /** What runs have taken since then, in milliseconds. */
  #ranMs = 0;

  /** As `Session.requestTurn`. */
  request(onTurn: (budgetMs: number) => void, expectedMs: number): void {
    this.#waiting.push({ onTurn, expectedMs });
    this.#schedule();
  }

  /** A run has taken `ms` of the event loop. */
  ran(ms: number): void {
    this.#ranMs += ms;
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#scheduledAt = performance.now();
    this.#ranMs = 0;
    setImmediate(this.#give);
  }

  readonly #give = (): void => {
    this.#isScheduled = false;
    const loopMs = performance.now() - this.#scheduledAt - this.#ranMs;
    const budgetMs = Math.min(Math.max(INLINE_TURN_MS, loopMs), MOST_TURN_MS);
    const waiting = this.#waiting;
    let begun = 0;
    let expectedMs = 0;
    for (const turn of waiting) {
      expectedMs += turn.expectedMs;
      if (begun > 0 && expectedMs > budgetMs) break;
      begun++;
    }
    this.#waiting = begun === waiting.length ? [] : waiting.slice(begun);
    if (this.#waiting.length > 0) this.#schedule();
    for (let index = 0; index < begun; index++) waiting[index]!.onTurn(budgetMs / begun);
  };
}
