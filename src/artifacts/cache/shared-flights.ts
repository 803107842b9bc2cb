interface Flight<T> {
  readonly controller: AbortController;
  readonly result: Promise<T>;
  waiting: number;
}

/**
 * Lets concurrent callers of one operation share it. A caller whose signal is aborted leaves alone; when the last one has
 * left, the operation is aborted, and the next caller starts a new one.
 */
export class SharedFlights<T> {
  readonly #flights = new Map<string, Flight<T>>();
  readonly #running = new Set<Flight<T>>();

  /** Joins the operation of this `key`, or begins it with `start`, whose signal is nobody's but this class's. */
  async join(key: string, start: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T> {
    signal.throwIfAborted();
    const flight = this.#flights.get(key) ?? this.#begin(key, start);
    flight.waiting++;
    const { promise: aborted, reject } = Promise.withResolvers<never>();
    const onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      return await Promise.race([flight.result, aborted]);
    } finally {
      signal.removeEventListener('abort', onAbort);
      flight.waiting--;
      if (flight.waiting === 0) this.#abandon(key, flight, signal.reason);
    }
  }

  #begin(key: string, start: (signal: AbortSignal) => Promise<T>): Flight<T> {
    const controller = new AbortController();
    const flight: Flight<T> = { controller, result: start(controller.signal), waiting: 0 };
    this.#flights.set(key, flight);
    this.#running.add(flight);
    const end = () => {
      this.#running.delete(flight);
      if (this.#flights.get(key) === flight) this.#flights.delete(key);
    };
    flight.result.then(end, end);
    return flight;
  }

  #abandon(key: string, flight: Flight<T>, reason: unknown): void {
    if (this.#flights.get(key) === flight) this.#flights.delete(key);
    if (this.#running.has(flight)) flight.controller.abort(reason);
  }

  /** Aborts every operation and waits until all have ended, those included that were abandoned before. */
  async abortAll(reason: unknown): Promise<void> {
    for (const flight of this.#running) flight.controller.abort(reason);
    await Promise.allSettled([...this.#running].map((flight) => flight.result));
  }
}
