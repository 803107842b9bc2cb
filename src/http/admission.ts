import { GatewayError } from '../errors.ts';

/** Permits for model requests, given out once a body is complete. */
export class Admission {
  readonly #maxConcurrent: number;
  #inFlight = 0;
  #isClosed = false;
  #onIdle: (() => void) | null = null;

  /** @param maxConcurrent requests that may be worked on at once. */
  constructor(maxConcurrent: number) {
    this.#maxConcurrent = maxConcurrent;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /**
   * Takes a permit; give it back with `leave`.
   *
   * @throws GatewayError MODEL_OVERLOADED at once if all are taken; SHUTTING_DOWN after `close`.
   */
  enter(): void {
    if (this.#isClosed) throw new GatewayError('SHUTTING_DOWN', 'the server is shutting down');
    if (this.#inFlight >= this.#maxConcurrent) {
      throw new GatewayError(
        'MODEL_OVERLOADED',
        `${this.#maxConcurrent} requests are being worked on already`,
      );
    }
    this.#inFlight++;
  }

  leave(): void {
    this.#inFlight--;
    if (this.#inFlight === 0) this.#onIdle?.();
  }

  /** No more permits. Resolves true when all are given back, false if that took longer than `timeoutMs`. */
  async close(timeoutMs: number): Promise<boolean> {
    this.#isClosed = true;
    if (this.#inFlight === 0) return true;
    const idle = new Promise<boolean>((resolve) => {
      this.#onIdle = () => resolve(true);
    });
    const { promise: expired, resolve } = Promise.withResolvers<boolean>();
    const timer = setTimeout(() => resolve(false), timeoutMs);
    try {
      return await Promise.race([idle, expired]);
    } finally {
      clearTimeout(timer);
    }
  }
}
