import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import type { Hono } from 'hono';
import { GatewayError } from '../errors.ts';
import type { HttpEnv } from './http-env.ts';

/** Longer than load balancers keep idle connections (60 s and less), so that they close first and never meet a reset. */
const KEEP_ALIVE_TIMEOUT_MS = 75_000;

export interface ListenOptions {
  readonly app: Hono<HttpEnv>;
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
}

/** A listening HTTP server. */
export class HttpServer {
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** @throws GatewayError INVALID_SETTING if the address cannot be listened on. */
  static listen({ app, host, port }: ListenOptions): Promise<HttpServer> {
    const server = createServer(
      { keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS, keepAliveTimeoutBuffer: 1_000 },
      getRequestListener(app.fetch, { overrideGlobalObjects: true }),
    );
    return new Promise((resolve, reject) => {
      server.once('error', (error: NodeJS.ErrnoException) => {
        const why =
          error.code === 'EADDRINUSE'
            ? 'is in use by another process'
            : `cannot be listened on (${error.code})`;
        reject(
          new GatewayError(
            'INVALID_SETTING',
            `address ${host}:${port} ${why}; choose another with PORT or --port`,
            { cause: error },
          ),
        );
      });
      server.listen(port, host, () => resolve(new HttpServer(server)));
    });
  }

  get url(): string {
    const { address, port, family } = this.#server.address() as AddressInfo;
    return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
  }

  /** Takes no new connections, and closes each one that has no request on it, now and when its request ends. */
  stopAccepting(): void {
    this.#server.close();
    this.#server.closeIdleConnections();
  }

  /** Cuts whatever is still open. Idempotent. */
  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}
