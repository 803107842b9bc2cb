import { GatewayError } from '../errors.ts';

type Listener = (reason: GatewayError) => void;

/**
 * Until when somebody waits for an answer: until a moment passes, or until something ends it earlier. What an
 * `AbortSignal` does, for a fraction of its cost, because every request has one; and it tells the moment, so that
 * work which cannot be done by then need not begin.
 */
export class Deadline {
  /** Nobody gives up waiting. Shared, so never end it. */
  static readonly NEVER = new Deadline(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY);

  /** In milliseconds, on the clock of `performance.now()`. */
  readonly at: number;
  readonly #timeoutMs: number;
  #reason: GatewayError | null = null;
  readonly #listeners: Listener[] = [];

  /** @param timeoutMs the time that there was in all. */
  constructor(at: number, timeoutMs: number) {
    this.at = at;
    this.#timeoutMs = timeoutMs;
  }

  /** Why nobody waits any more; `null` while somebody does. */
  get reason(): GatewayError | null {
    return this.#reason;
  }

  /** Whether nobody waits any more at `now`. A deadline that has passed is ended by this question. */
  isOver(now: number): boolean {
    if (this.#reason === null && now >= this.at) this.#expire();
    return this.#reason !== null;
  }

  /** @throws GatewayError why nobody waits any more. */
  throwIfOver(now: number): void {
    if (this.isOver(now)) throw this.#reason;
  }

  /** Ends it because its moment has passed. */
  #expire(): void {
    const message = `the request was not answered within ${this.#timeoutMs} ms`;
    this.end(new GatewayError('DEADLINE_EXCEEDED', message));
  }

  /** Ends it, once; listeners are called in the order in which they came. */
  end(reason: GatewayError): void {
    if (this.#reason !== null) return;
    this.#reason = reason;
    for (const listener of this.#listeners.splice(0)) listener(reason);
  }

  /** Tells `listener` once when it ends; it must not have ended yet. */
  listen(listener: Listener): void {
    if (this === Deadline.NEVER) return;
    this.#listeners.push(listener);
  }

  unlisten(listener: Listener): void {
    const index = this.#listeners.lastIndexOf(listener);
    if (index >= 0) this.#listeners.splice(index, 1);
  }
}
