import type { ServerResponse } from 'node:http';
import { GatewayError } from '../errors.ts';
import { Deadline } from '../inference/deadline.ts';

const DEADLINE = Symbol('deadline');

type Answer = ServerResponse & { [DEADLINE]?: Deadline };

/**
 * The deadlines of all open requests. All have the same length, so that they pass in the order in which they began,
 * and one timer and one listener do for all of them.
 */
export class RequestDeadlines {
  readonly #timeoutMs: number;
  /** In the order in which they pass. */
  readonly #open = new Set<Deadline>();
  #timer: NodeJS.Timeout | null = null;

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  /**
   * A deadline that also ends when the client goes away; end it with `finish`.
   *
   * @param now on the clock of `performance.now()`.
   * @param outgoing closes before the request is finished when the client goes away; `null`: there is no connection.
   */
  begin(now: number, outgoing: ServerResponse | null): Deadline {
    const deadline = new Deadline(now + this.#timeoutMs, this.#timeoutMs);
    this.#open.add(deadline);
    this.#timer ??= this.#startTimer(this.#timeoutMs);
    if (outgoing !== null) (outgoing as Answer)[DEADLINE] = deadline;
    return deadline;
  }

  /** The request is answered. */
  finish(deadline: Deadline): void {
    this.#open.delete(deadline);
  }

  /** The answer has left or lost its connection: nobody waits for it any more. */
  readonly answerClosed = (outgoing: ServerResponse): void => {
    const deadline = (outgoing as Answer)[DEADLINE];
    if (deadline === undefined || !this.#open.has(deadline)) return;
    deadline.end(new GatewayError('CLIENT_GONE', 'the client closed its connection'));
  };

  #startTimer(delayMs: number): NodeJS.Timeout {
    // Whoever listens keeps the process alive, not this.
    return setTimeout(() => this.#sweep(), Math.ceil(delayMs)).unref();
  }

  #sweep(): void {
    this.#timer = null;
    const now = performance.now();
    for (const deadline of this.#open) {
      if (!deadline.isOver(now)) {
        this.#timer ??= this.#startTimer(deadline.at - now);
        return;
      }
      this.#open.delete(deadline);
    }
  }
}
