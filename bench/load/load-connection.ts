import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { AnswerReader } from './answer-reader.ts';

/** One keep-alive connection with at most one request out. */
export class LoadConnection {
  readonly #socket: Socket;
  #onAnswer: (() => void) | null = null;
  #isClosed = false;

  private constructor(socket: Socket, onFailure: (reason: string) => void) {
    this.#socket = socket;
    const reader = new AnswerReader((status) => {
      if (status < 200 || status > 299) onFailure(`an answer has the status ${status}`);
      const onAnswer = this.#onAnswer;
      this.#onAnswer = null;
      onAnswer?.();
    });
    socket.setNoDelay(true);
    socket.on('data', (chunk) => {
      try {
        reader.push(chunk as Buffer);
      } catch (error) {
        onFailure((error as Error).message);
      }
    });
    socket.on('error', (error) => onFailure(error.message));
    socket.on('close', () => {
      this.#isClosed = true;
      if (this.#onAnswer !== null) onFailure('the server closed a connection');
    });
  }

  /**
   * @param onFailure called for every error, status outside 2xx, and connection that the server closes with a request
   *   out; one that was idle for too long it may close, which is then not used any more
   */
  static async open(port: number, onFailure: (reason: string) => void): Promise<LoadConnection> {
    const socket = connect({ port, host: '127.0.0.1' });
    await once(socket, 'connect');
    return new LoadConnection(socket, onFailure);
  }

  get isFree(): boolean {
    return this.#onAnswer === null && !this.#isClosed;
  }

  send(request: Uint8Array, onAnswer: () => void): void {
    this.#onAnswer = onAnswer;
    this.#socket.write(request);
  }

  close(): void {
    this.#onAnswer = null;
    this.#socket.destroy();
  }
}
