/** Operations of a fake, each of which ends when the test says so. `all` holds them in the order of the calls. */
export class HeldOperations<T> {
  readonly all: T[] = [];
  #taken = 0;
  #waiting: ((operation: T) => void)[] = [];

  add(operation: T): void {
    this.all.push(operation);
    const waiting = this.#waiting.shift();
    if (waiting === undefined) return;
    this.#taken += 1;
    waiting(operation);
  }

  /** The first operation that no earlier call of `next` returned; waits until there is one. */
  next(): Promise<T> {
    const known = this.all[this.#taken];
    if (known !== undefined) {
      this.#taken += 1;
      return Promise.resolve(known);
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}

/** One call that waits for the test. Ends with the signal's reason if that aborts first. */
export class HeldOperation<Result> {
  readonly result: Promise<Result>;
  readonly #resolvers = Promise.withResolvers<Result>();
  state: 'held' | 'finished' | 'failed' = 'held';

  constructor(signal?: AbortSignal) {
    this.result = this.#resolvers.promise;
    // The caller may have gone away before the test lets the operation fail.
    this.result.catch(() => undefined);
    if (signal?.aborted) this.fail(signal.reason);
    signal?.addEventListener('abort', () => this.fail(signal.reason), { once: true });
  }

  finish(result: Result): void {
    if (this.state === 'held') this.state = 'finished';
    this.#resolvers.resolve(result);
  }

  fail(error: unknown): void {
    if (this.state === 'held') this.state = 'failed';
    this.#resolvers.reject(error);
  }
}
