import type { Placement } from '../engine/engine.ts';

/** A graph of which one row costs at most so much, in milliseconds, may run inline: a hop would cost more than the run. */
export const INLINE_RUN_MS = 1;

/** It comes back from the workers when one row costs less than this. */
const RETURN_RUN_MS = 0.5;

/** How long it must have cost more, or less, in milliseconds. */
const LEAVE_AFTER_MS = 5_000;
const RETURN_AFTER_MS = 30_000;

/** Whether a graph is still where its cost says it belongs; patient, so that a noisy moment moves nothing. */
export class PlacementReview {
  #placement: Placement;
  /** Since when the cost has spoken for the other place; `null`: it does not. */
  #doubtfulSince: number | null = null;

  constructor(placement: Placement) {
    this.#placement = placement;
  }

  get placement(): Placement {
    return this.#placement;
  }

  /**
   * @param oneRowMs what one row costs where the graph runs now.
   * @returns where it should run.
   */
  review(oneRowMs: number, now: number): Placement {
    const isInline = this.#placement === 'inline';
    const isDoubtful = isInline ? oneRowMs > INLINE_RUN_MS : oneRowMs < RETURN_RUN_MS;
    if (!isDoubtful) this.#doubtfulSince = null;
    else this.#doubtfulSince ??= now;
    const patienceMs = isInline ? LEAVE_AFTER_MS : RETURN_AFTER_MS;
    if (this.#doubtfulSince !== null && now - this.#doubtfulSince >= patienceMs) {
      this.#placement = isInline ? 'worker' : 'inline';
      this.#doubtfulSince = null;
    }
    return this.#placement;
  }
}
