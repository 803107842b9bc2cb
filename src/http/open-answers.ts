import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Which answers of a server are not sent to their end yet. */
export class OpenAnswers {
  /** How many each open connection has; several only with pipelining. */
  readonly #connections = new Map<Socket, number>();
  #onChange: (() => void) | null = null;

  readonly addConnection = (socket: Socket): void => {
    this.#connections.set(socket, 0);
    // A pipelined answer whose turn never came does not close by itself.
    socket.once('close', () => {
      this.#connections.delete(socket);
      this.#onChange?.();
    });
  };

  add(answer: ServerResponse): void {
    const { socket } = answer.req;
    this.#connections.set(socket, (this.#connections.get(socket) ?? 0) + 1);
    answer.once('close', () => {
      const count = this.#connections.get(socket);
      if (count !== undefined) this.#connections.set(socket, count - 1);
      this.#onChange?.();
    });
  }

  /** Resolves true when all are sent or have lost their connection, false if that took longer than `timeoutMs`. */
  async sent(timeoutMs: number): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const check = () => {
      for (const count of this.#connections.values()) if (count > 0) return;
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
