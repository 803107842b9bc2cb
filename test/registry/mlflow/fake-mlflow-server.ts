import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface FakeAnswer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** Answers a request; `null` gives Flask's HTML 404. May hold the answer back. */
export type FakeHandler = (request: SeenRequest) => FakeAnswer | null | Promise<FakeAnswer | null>;

export const HTML_404 =
  '<!doctype html>\n<html lang=en>\n<title>404 Not Found</title>\n<h1>Not Found</h1>\n<p>The requested URL was not found on the server.</p>\n';

/** An HTTP server on a free port that answers as `handler` says and counts what it was asked. */
export class FakeMlflowServer {
  readonly seen: SeenRequest[] = [];
  handler: FakeHandler;
  readonly #server: Server;

  private constructor(handler: FakeHandler) {
    this.handler = handler;
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  static async start(handler: FakeHandler = () => null): Promise<FakeMlflowServer> {
    const server = new FakeMlflowServer(handler);
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get uri(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** `registered-models/get`, … of the requests since the last call. */
  takePaths(): readonly string[] {
    return this.seen.splice(0).map((request) => request.path.replace('/api/2.0/mlflow/', ''));
  }

  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://fake');
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const seen: SeenRequest = {
      method: request.method ?? '',
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      headers: request.headers,
      body,
    };
    this.seen.push(seen);
    const answer = (await this.handler(seen)) ?? { status: 404, body: HTML_404 };
    const isText = typeof answer.body === 'string';
    response.writeHead(answer.status, {
      'content-type': isText ? 'text/html; charset=utf-8' : 'application/json',
      ...answer.headers,
    });
    response.end(isText ? answer.body : JSON.stringify(answer.body, null, 2));
  }
}
