import { createServer, type Server } from 'node:http';
import { type AddressInfo, Server as NetServer } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { GatewayError } from '../errors.ts';
import type { App } from './app.ts';
import { OpenAnswers } from './open-answers.ts';

/** Longer than load balancers keep idle connections (60 s and less), so that they close first and never meet a reset. */
const KEEP_ALIVE_TIMEOUT_MS = 75_000;

export interface ListenOptions {
  readonly app: App;
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** Whether other processes listen on the same port, each by a socket of its own that gets a share of the connections. */
  readonly sharesPort?: boolean;
  /** Told when a connection cannot be accepted, e.g. because the process has too many open files. */
  readonly onError: (error: Error) => void;
}

/** A listening HTTP server. */
export class HttpServer {
  readonly #server: Server;
  readonly #answers: OpenAnswers;

  private constructor(server: Server, answers: OpenAnswers) {
    this.#server = server;
    this.#answers = answers;
  }

  /** @throws GatewayError INVALID_SETTING if the address cannot be listened on. */
  static listen({ app, host, port, onError, sharesPort = false }: ListenOptions): Promise<HttpServer> {
    const answers = new OpenAnswers(app.answerClosed);
    const listener = getRequestListener(app.router.fetch, { overrideGlobalObjects: true });
    const server = createServer(
      { keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS, keepAliveTimeoutBuffer: 1_000 },
      (incoming, outgoing) => {
        answers.add(outgoing);
        // Both answer every error by themselves.
        if (!app.direct.take(incoming, outgoing)) void listener(incoming, outgoing);
      },
    );
    server.on('connection', answers.addConnection);
    return new Promise((resolve, reject) => {
      const refuse = (error: NodeJS.ErrnoException) => reject(cannotListen(host, port, error));
      server.once('error', refuse);
      server.listen({ port, host, reusePort: sharesPort }, () => {
        server.off('error', refuse).on('error', onError);
        resolve(new HttpServer(server, answers));
      });
    });
  }

  get url(): string {
    const { address, port, family } = this.#server.address() as AddressInfo;
    return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
  }

  /**
   * Takes no new connections, lets the answers that are being sent end, then closes every connection. Idempotent.
   *
   * @returns false if answers were still being sent after `timeoutMs`; nothing is closed then.
   */
  async finish(timeoutMs: number): Promise<boolean> {
    // http's own `close` also cuts connections whose answer is complete here and not yet with the client.
    NetServer.prototype.close.call(this.#server);
    const isSent = await this.#answers.sent(Math.max(0, timeoutMs));
    if (isSent) this.close();
    return isSent;
  }

  /** Cuts whatever is still open. Idempotent. */
  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}

/** The sentence for an address that cannot be listened on. */
export function cannotListen(host: string, port: number, error: NodeJS.ErrnoException): GatewayError {
  const why =
    error.code === 'EADDRINUSE' ? 'is in use by another process' : `cannot be listened on (${error.code})`;
  const message = `address ${host}:${port} ${why}; choose another with PORT or HOST`;
  return new GatewayError('INVALID_SETTING', message, { cause: error });
}
