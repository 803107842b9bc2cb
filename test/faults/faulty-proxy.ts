import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a gateway asks an MLflow server for: pointers, where files lie, which there are, and the files. */
export type Endpoint = 'registry' | 'locate' | 'listing' | 'download';

export interface GoodAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface FaultyExchange {
  readonly path: string;
  readonly response: ServerResponse;
  /** What the server behind has to say. */
  readonly good: () => Promise<GoodAnswer>;
}

/** Answers in place of the server behind, or never does. */
export type Fault = (exchange: FaultyExchange) => Promise<void> | void;

/**
 * Stands before an MLflow server, real or not, and spoils what it answers, endpoint by endpoint. Connections that a
 * fault has left hanging hang until `close`, also when the fault is over: so does what a dead machine leaves behind.
 */
export class FaultyProxy {
  readonly port: number;
  /** Paths of all requests so far, answered or not. */
  readonly seen: string[] = [];
  readonly #target: string;
  readonly #faults = new Map<Endpoint, Fault>();
  #server: Server;

  private constructor(target: string, server: Server, port: number) {
    this.#target = target;
    this.#server = server;
    this.port = port;
  }

  /** @param target origin of the server behind. */
  static async start(target: string): Promise<FaultyProxy> {
    const server = createServer();
    await listen(server, 0);
    const proxy = new FaultyProxy(target, server, (server.address() as AddressInfo).port);
    proxy.#server.on('request', (request, response) => void proxy.#answer(request, response));
    return proxy;
  }

  get uri(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Spoils these endpoints from the next request on. */
  spoil(fault: Fault, ...endpoints: readonly Endpoint[]): void {
    for (const endpoint of endpoints) this.#faults.set(endpoint, fault);
  }

  /** Every request that begins now is answered well. */
  mend(): void {
    this.#faults.clear();
  }

  /** Nobody listens any more: connections are refused. */
  async goDown(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Listens on the same port again. */
  async comeBack(): Promise<void> {
    this.#server = createServer((request, response) => void this.#answer(request, response));
    await listen(this.#server, this.port);
  }

  async close(): Promise<void> {
    if (this.#server.listening) await this.goDown();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? '/';
    this.seen.push(path);
    const body = Buffer.concat(await request.toArray());
    const good = () => this.#ask(request, body);
    response.on('error', () => {});
    try {
      await (this.#faults.get(endpointOf(path)) ?? passOn)({ path, response, good });
    } catch {
      response.destroy();
    }
  }

  async #ask(request: IncomingMessage, body: Buffer): Promise<GoodAnswer> {
    const { host: _host, connection: _connection, ...headers } = request.headers;
    const answer = await fetch(this.#target + request.url, {
      method: request.method ?? 'GET',
      headers: headers as Record<string, string>,
      redirect: 'manual',
      ...(body.byteLength === 0 ? {} : { body }),
    });
    const content = Buffer.from(await answer.arrayBuffer());
    const { connection: _own, 'transfer-encoding': _chunked, ...given } = Object.fromEntries(answer.headers);
    return {
      status: answer.status,
      headers: { ...given, 'content-length': String(content.byteLength) },
      body: content,
    };
  }
}

/** No fault at all. */
export const passOn: Fault = async ({ response, good }) => {
  const { status, headers, body } = await good();
  response.writeHead(status, headers).end(body);
};

function endpointOf(path: string): Endpoint {
  if (path.includes('/model-versions/get-download-uri')) return 'locate';
  if (/\/mlflow-artifacts\/artifacts\/?(\?|$)/.test(path)) return 'listing';
  return path.includes('/mlflow-artifacts/artifacts/') ? 'download' : 'registry';
}

async function listen(server: Server, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
}
