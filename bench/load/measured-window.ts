import { percentile } from '../statistics.ts';
import type { LoadResult } from './load-job.ts';

export type WindowFigures = Pick<
  LoadResult,
  'answers' | 'requestsPerSecond' | 'p50Ms' | 'p99Ms' | 'p999Ms' | 'maxMs'
>;

/** Fewer answers than this say nothing about one in a thousand. */
const ENOUGH_FOR_P999 = 1_000;

/**
 * Collects what is answered, and how long that took. Throughput counts the answers that came within the window; the
 * latencies are those of the requests that began, or were due, within it, however late their answers come.
 */
export class MeasuredWindow {
  readonly startsAt: number;
  readonly endsAt: number;
  readonly #latencies: number[] = [];
  #answersWithin = 0;
  #answersSeen = 0;

  /** Both in milliseconds of the caller's clock. */
  constructor(startsAt: number, endsAt: number) {
    this.startsAt = startsAt;
    this.endsAt = endsAt;
  }

  /** @param since when the request was sent (closed loop) or due (open loop: waiting for a connection counts, too) */
  add(since: number, now: number): void {
    this.#answersSeen++;
    if (this.#holds(now)) this.#answersWithin++;
    if (this.#holds(since)) this.#latencies.push(now - since);
  }

  /** All that was added, within the window or not. */
  get answersSeen(): number {
    return this.#answersSeen;
  }

  summarize(): WindowFigures {
    const sorted = Float64Array.from(this.#latencies).sort();
    return {
      answers: this.#answersWithin,
      requestsPerSecond: (this.#answersWithin * 1000) / (this.endsAt - this.startsAt),
      p50Ms: percentile(sorted, 50),
      p99Ms: percentile(sorted, 99),
      p999Ms: sorted.length >= ENOUGH_FOR_P999 ? percentile(sorted, 99.9) : null,
      maxMs: percentile(sorted, 100),
    };
  }

  #holds(moment: number): boolean {
    return moment >= this.startsAt && moment < this.endsAt;
  }
}
