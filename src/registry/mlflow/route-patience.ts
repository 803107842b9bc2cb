import { withSecondAttempts } from './second-attempts.ts';

/**
 * For how long an answer of each route is waited for before a second attempt is made beside the first: what a server in
 * good health needs, learnt from its answers. A search over thousands of models takes seconds, the longer the busier the
 * server is; made twice for that reason it would make the server busier still.
 */
export class RoutePatience {
  readonly #leastMs: number;
  readonly #mostMs: number;
  readonly #now: () => number;
  readonly #byRoute = new Map<string, number>();

  /**
   * @param mostMs the time-out of a request: with that much patience there is no second attempt.
   * @param now in ms.
   */
  constructor(leastMs: number, mostMs: number, now = () => performance.now()) {
    this.#leastMs = leastMs;
    this.#mostMs = mostMs;
    this.#now = now;
  }

  /** `withSecondAttempts` with the patience that the route has earned. */
  async attempt<Result>(
    route: string,
    make: (signal: AbortSignal) => Promise<Result>,
    signal: AbortSignal,
  ): Promise<Result> {
    const patienceMs = this.#byRoute.get(route) ?? this.#leastMs;
    if (patienceMs >= this.#mostMs) return await this.#attemptOnce(route, make, signal);
    const startedAt = this.#now();
    let attempts = 0;
    const counted = async (until: AbortSignal) => {
      attempts += 1;
      const number = attempts;
      return { number, result: await make(until) };
    };
    try {
      const { number, result } = await withSecondAttempts(counted, patienceMs, signal);
      // That a second attempt was faster says that the first one's connection was dead, not what the server needs.
      if (number === 1) this.#set(route, 2 * (this.#now() - startedAt));
      return result;
    } catch (error) {
      if (attempts > 1 && !signal.aborted) this.#set(route, 2 * patienceMs);
      throw error;
    }
  }

  async #attemptOnce<Result>(
    route: string,
    make: (signal: AbortSignal) => Promise<Result>,
    signal: AbortSignal,
  ): Promise<Result> {
    const startedAt = this.#now();
    const result = await make(signal);
    this.#set(route, 2 * (this.#now() - startedAt));
    return result;
  }

  #set(route: string, ms: number): void {
    // Whole: AbortSignal.timeout takes nothing else.
    this.#byRoute.set(route, Math.min(this.#mostMs, Math.max(this.#leastMs, Math.ceil(ms))));
  }
}
