import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** How many answers a connection has that are not sent yet; several only with pipelining. */
const OPEN = Symbol('open answers');

type Connection = Socket & { [OPEN]?: number };

/**
 * Which answers of a server are not sent to their end yet. Every request passes here, hence the count on the socket
 * and the one listener for all.
 */
export class OpenAnswers {
  readonly #connections = new Set<Connection>();
  readonly #onSent: (this: ServerResponse) => void;
  #onChange: (() => void) | null = null;

  /** @param onClosed told of every answer that has left or lost its connection. */
  constructor(onClosed: (answer: ServerResponse) => void) {
    const tell = () => this.#onChange?.();
    this.#onSent = function () {
      change(this.req.socket, -1);
      onClosed(this);
      tell();
    };
  }

  readonly addConnection = (socket: Socket): void => {
    this.#connections.add(socket);
    // A pipelined answer whose turn never came does not close by itself.
    socket.once('close', () => {
      this.#connections.delete(socket);
      this.#onChange?.();
    });
  };

  add(answer: ServerResponse): void {
    change(answer.req.socket, 1);
    answer.on('close', this.#onSent);
  }

  /** The connections that have some at this moment. */
  busy(): ReadonlySet<Socket> {
    return new Set([...this.#connections].filter(isBusy));
  }

  /**
   * Resolves true when all are sent or have lost their connection, false if that took longer than `timeoutMs`.
   *
   * @param among the connections to look at; default: all.
   */
  async sent(timeoutMs: number, among: ReadonlySet<Socket> = this.#connections): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const check = () => {
      for (const connection of this.#connections) if (isBusy(connection) && among.has(connection)) return;
      resolve(true);
    };
    this.#onChange = check;
    const timer = setTimeout(() => resolve(false), timeoutMs);
    check();
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#onChange = null;
    }
  }
}

function isBusy(connection: Connection): boolean {
  return (connection[OPEN] ?? 0) > 0;
}

function change(connection: Connection, by: number): void {
  connection[OPEN] = (connection[OPEN] ?? 0) + by;
}
