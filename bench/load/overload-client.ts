import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { AnswerReader } from './answer-reader.ts';

/** One request as its sender saw it. */
export interface SentRequest {
  /** 0: the connection broke. */
  readonly status: number;
  readonly latencyMs: number;
}

export interface OverloadClientOptions {
  readonly port: number;
  readonly request: Uint8Array;
  /** As a load balancer's pool: open from the start. A request that is due while all of them wait is not sent. */
  readonly connections: number;
}

interface Connection {
  readonly socket: Socket;
  sentAt: number;
}

/**
 * Sends at a fixed rate whatever the server does, each request on a connection that waits for nothing; takes every
 * status. The connections are open before, because a backlog of new ones that is full costs seconds of its own.
 */
export class OverloadClient {
  readonly #options: OverloadClientOptions;
  readonly #free: Connection[] = [];
  readonly #open = new Set<Socket>();
  #sent: SentRequest[] = [];
  #waiting = 0;

  private constructor(options: OverloadClientOptions) {
    this.#options = options;
  }

  static async open(options: OverloadClientOptions): Promise<OverloadClient> {
    const client = new OverloadClient(options);
    for (let opened = 0; opened < options.connections; opened++) await client.#connect();
    return client;
  }

  /** Keeps `connections` requests out for `ms`. @returns what was answered. */
  async closedLoop(connections: number, ms: number): Promise<readonly SentRequest[]> {
    this.#sent = [];
    const endsAt = performance.now() + ms;
    while (performance.now() < endsAt) {
      while (this.#waiting < connections && this.#free.length > 0) this.#send();
      await nextTurn();
    }
    const answered = this.#sent;
    await this.#settle(2_000);
    return answered;
  }

  /** Sends `perSecond` requests for `ms`, evenly spaced, and waits `patienceMs` for the last. */
  async openLoop(perSecond: number, ms: number, patienceMs: number): Promise<readonly SentRequest[]> {
    this.#sent = [];
    const startedAt = performance.now();
    const count = Math.floor((perSecond * ms) / 1000);
    for (let due = 0; due < count; ) {
      const now = performance.now();
      for (; due < count && startedAt + (due * 1000) / perSecond <= now; due++) {
        this.#send();
      }
      await nextTurn();
    }
    await this.#settle(patienceMs);
    return this.#sent;
  }

  close(): void {
    for (const socket of this.#open) socket.destroy();
  }

  async #settle(patienceMs: number): Promise<void> {
    const endsAt = performance.now() + patienceMs;
    while (this.#waiting > 0 && performance.now() < endsAt) await nextTurn();
  }

  #send(): void {
    const connection = this.#free.pop();
    if (connection === undefined) return;
    this.#waiting++;
    connection.sentAt = performance.now();
    connection.socket.write(this.#options.request);
  }

  async #connect(): Promise<void> {
    const socket = connect({ port: this.#options.port, host: '127.0.0.1', noDelay: true });
    await once(socket, 'connect');
    const connection: Connection = { socket, sentAt: 0 };
    const settle = (status: number) => {
      this.#waiting--;
      this.#sent.push({ status, latencyMs: performance.now() - connection.sentAt });
    };
    const reader = new AnswerReader((status) => {
      settle(status);
      this.#free.push(connection);
    });
    this.#open.add(socket);
    this.#free.push(connection);
    socket.on('data', (chunk) => reader.push(chunk as Buffer));
    socket.on('error', () => {}); // followed by a close
    socket.on('close', () => {
      this.#open.delete(socket);
      const index = this.#free.indexOf(connection);
      if (index >= 0) this.#free.splice(index, 1);
      else settle(0);
    });
  }
}
