import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

const pieces = 20;

/** Stands before an MLflow server and lets artifacts trickle, so that a download lasts long enough to be cut. */
export class SlowProxy {
  readonly uri: string;
  readonly #server: Server;

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.uri = `http://127.0.0.1:${port}`;
  }

  /** @param fileMs how long each artifact takes */
  static async start(target: string, fileMs: number): Promise<SlowProxy> {
    const server = createServer((incoming, outgoing) => void forward(target, fileMs, incoming, outgoing));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (address === null || typeof address === 'string') {
      throw new Error('the proxy has no port');
    }
    return new SlowProxy(server, address.port);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

async function forward(target: string, fileMs: number, incoming: IncomingMessage, outgoing: ServerResponse) {
  const url = new URL(incoming.url ?? '/', target);
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const headers = { ...incoming.headers, host: url.host };
    incoming.pipe(request(url, { method: incoming.method, headers }, resolve).once('error', reject));
  }).catch(() => null);
  if (answer === null) {
    outgoing.destroy();
    return;
  }
  const body = Buffer.concat(await answer.toArray());
  outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
  const isArtifact = /artifacts?\/.*\.(onnx|yaml|json|txt)$|\/MLmodel$|get-artifact/.test(url.href);
  if (!isArtifact) {
    outgoing.end(body);
    return;
  }
  const size = Math.ceil(body.length / pieces);
  for (let i = 0; i < pieces && !outgoing.destroyed; i += 1) {
    outgoing.write(body.subarray(i * size, (i + 1) * size));
    await sleep(fileMs / pieces);
  }
  outgoing.end();
}
