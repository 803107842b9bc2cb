import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';

/** A request that went through. */
export interface CountedRequest {
  /** Below `/api/2.0/mlflow/`, without the query. */
  readonly route: string;
  /** As `performance.now()`. */
  readonly at: number;
}

/** What is answered instead of the server. */
export interface Refusal {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** Stands before an MLflow server and notes every request; can refuse them in its place. */
export class CountingProxy {
  readonly uri: string;
  refusal: Refusal | null = null;
  readonly #server: Server;
  readonly #target: string;
  #requests: CountedRequest[] = [];

  private constructor(server: Server, target: string, port: number) {
    this.#server = server;
    this.#target = target;
    this.uri = `http://127.0.0.1:${port}`;
    server.on('request', (incoming, outgoing) => this.#answer(incoming, outgoing));
  }

  static async start(target: string): Promise<CountingProxy> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
    return new CountingProxy(server, target, address.port);
  }

  /** The requests since the last call, in order. */
  take(): readonly CountedRequest[] {
    const taken = this.#requests;
    this.#requests = [];
    return taken;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #answer(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const url = new URL(incoming.url ?? '/', this.#target);
    this.#requests.push({ route: url.pathname.replace('/api/2.0/mlflow/', ''), at: performance.now() });
    if (this.refusal !== null) {
      outgoing.writeHead(this.refusal.status, this.refusal.headers).end();
      return;
    }
    const headers = { ...incoming.headers, host: url.host };
    const forwarded = request(url, { method: incoming.method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    forwarded.once('error', () => outgoing.destroy());
    incoming.pipe(forwarded);
  }
}
