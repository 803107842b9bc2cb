/** Attempts that each end as the test says, or with their signal. */
export class Attempts {
  readonly signals: AbortSignal[] = [];
  readonly #ends: PromiseWithResolvers<string>[] = [];
  readonly #begun = new Map<number, PromiseWithResolvers<void>>();

  readonly make = (signal: AbortSignal): Promise<string> => {
    const end = Promise.withResolvers<string>();
    signal.addEventListener('abort', () => end.reject(signal.reason));
    this.signals.push(signal);
    this.#ends.push(end);
    this.#waiterOf(this.signals.length).resolve();
    return end.promise;
  };

  /** Resolves when there have been so many. */
  begun(count: number): Promise<void> {
    return this.#waiterOf(count).promise;
  }

  finish(number: number, result: string): void {
    this.#ends[number - 1]!.resolve(result);
  }

  fail(number: number, error: Error): void {
    this.#ends[number - 1]!.reject(error);
  }

  #waiterOf(count: number): PromiseWithResolvers<void> {
    return this.#begun.getOrInsertComputed(count, () => Promise.withResolvers());
  }
}
