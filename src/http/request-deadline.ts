import type { ServerResponse } from 'node:http';
import { GatewayError } from '../errors.ts';

/** Ends a request when its time is up or when its client goes away, whichever comes first. */
export class RequestDeadline implements Disposable {
  readonly #controller = new AbortController();
  readonly #timer: NodeJS.Timeout;
  readonly #outgoing: ServerResponse | null;

  /**
   * @param timeoutMs from now.
   * @param outgoing closes before it is finished when the client goes away; `null` where there is no connection.
   */
  constructor(timeoutMs: number, outgoing: ServerResponse | null) {
    this.#outgoing = outgoing;
    this.#timer = setTimeout(this.#onTimeout, timeoutMs, timeoutMs);
    outgoing?.on('close', this.#onClose);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#outgoing?.off('close', this.#onClose);
  }

  readonly #onTimeout = (timeoutMs: number): void => {
    this.#controller.abort(
      new GatewayError('DEADLINE_EXCEEDED', `the request was not answered within ${timeoutMs} ms`),
    );
  };

  readonly #onClose = (): void => {
    this.#controller.abort(new GatewayError('CLIENT_GONE', 'the client closed its connection'));
  };
}
