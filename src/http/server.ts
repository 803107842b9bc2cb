import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { type AddressInfo, Server as NetServer, type Socket } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { GatewayError } from '../errors.ts';
import type { App } from './app.ts';
import { OpenAnswers } from './open-answers.ts';
import type { TlsIdentity } from './tls-identity.ts';
import { acceptHttp2 } from './two-protocols.ts';

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
  /** Default: no TLS. */
  readonly tls?: TlsIdentity | null;
  /** Takes connections on this port that speak HTTP/2. Default: there are none. */
  readonly takeHttp2?: ((socket: Socket) => void) | null;
}

/** A listening HTTP server. */
export class HttpServer {
  readonly #server: Server;
  readonly #answers: OpenAnswers;
  readonly #scheme: 'http' | 'https';

  private constructor(server: Server, answers: OpenAnswers, scheme: 'http' | 'https') {
    this.#server = server;
    this.#scheme = scheme;
    this.#answers = answers;
  }

  /** @throws GatewayError INVALID_SETTING if the address cannot be listened on. */
  static listen(options: ListenOptions): Promise<HttpServer> {
    const { app, host, port, onError, sharesPort = false } = options;
    const answers = new OpenAnswers(app.answerClosed);
    const listener = getRequestListener(app.router.fetch, { overrideGlobalObjects: true });
    const server = create(options, (incoming, outgoing) => {
      answers.add(outgoing);
      // Both answer every error by themselves.
      if (!app.direct.take(incoming, outgoing)) void listener(incoming, outgoing);
    });
    server.on(eventOf(options), answers.addConnection);
    if (options.takeHttp2) acceptHttp2(server, eventOf(options), options.takeHttp2);
    return new Promise((resolve, reject) => {
      const refuse = (error: NodeJS.ErrnoException) => reject(cannotListen(host, port, error));
      server.once('error', refuse);
      server.listen({ port, host, reusePort: sharesPort }, () => {
        server.off('error', refuse).on('error', onError);
        resolve(new HttpServer(server, answers, options.tls ? 'https' : 'http'));
      });
    });
  }

  get url(): string {
    const { address, port, family } = this.#server.address() as AddressInfo;
    return `${this.#scheme}://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
  }

  /**
   * Lets the answers that are being sent end, and meanwhile still takes connections, so that requests are refused with
   * an answer; then takes none, and closes every one once the refusals are sent, too. Idempotent.
   *
   * @returns false if answers were still being sent after `timeoutMs`; nothing is closed then.
   */
  async finish(timeoutMs: number): Promise<boolean> {
    const limitAt = performance.now() + timeoutMs;
    const left = () => Math.max(0, limitAt - performance.now());
    await this.#answers.sent(left(), this.#answers.busy());
    // http's own `close` also cuts connections whose answer is complete here and not yet with the client.
    NetServer.prototype.close.call(this.#server);
    const isSent = await this.#answers.sent(left());
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

function create({ tls, takeHttp2 }: ListenOptions, listener: RequestListener): Server {
  const options = { keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS, keepAliveTimeoutBuffer: 1_000 };
  if (!tls) return createServer(options, listener);
  const ALPNProtocols = takeHttp2 ? ['h2', 'http/1.1'] : ['http/1.1'];
  const server = createSecureServer({ ...options, ...tls.pair, ALPNProtocols }, listener);
  tls.onRenewed((pair) => server.setSecureContext(pair));
  return server;
}

/** Under which the server tells of connections that can be read. */
function eventOf({ tls }: ListenOptions): 'connection' | 'secureConnection' {
  return tls ? 'secureConnection' : 'connection';
}
