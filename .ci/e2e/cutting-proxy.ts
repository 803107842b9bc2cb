import { connect, createServer, type Server, type Socket } from 'node:net';

/** Stands before a server at the level of TCP, and breaks off connections in the middle of what they bring. */
export class CuttingProxy {
  readonly origin: string;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #cutsLeft = 0;
  #cutAfterBytes = Number.POSITIVE_INFINITY;
  /** What went to clients since the last `cutNext`. */
  broughtBytes = 0;

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.origin = `http://127.0.0.1:${port}`;
  }

  /** @param target of the server, `http://host:port` */
  static async start(target: string): Promise<CuttingProxy> {
    const { hostname, port } = new URL(target);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
    const proxy = new CuttingProxy(server, address.port);
    server.on('connection', (client) => proxy.#forward(client, connect(Number(port), hostname)));
    return proxy;
  }

  /** The next `cuts` connections that bring more than `afterBytes` are cut there. */
  cutNext(cuts: number, afterBytes: number): void {
    this.#cutsLeft = cuts;
    this.#cutAfterBytes = afterBytes;
    this.broughtBytes = 0;
  }

  get cutsLeft(): number {
    return this.#cutsLeft;
  }

  #forward(client: Socket, upstream: Socket): void {
    let brought = 0;
    let isCut = false;
    for (const socket of [client, upstream]) {
      this.#sockets.add(socket);
      socket.on('error', () => {});
      socket.once('close', () => {
        this.#sockets.delete(socket);
        if (isCut) return;
        client.destroy();
        upstream.destroy();
      });
    }
    client.pipe(upstream);
    upstream.on('data', (chunk: Buffer) => {
      if (isCut) return;
      brought += chunk.byteLength;
      this.broughtBytes += chunk.byteLength;
      isCut = this.#cutsLeft > 0 && brought > this.#cutAfterBytes;
      if (isCut) {
        this.#cutsLeft -= 1;
        // What was brought arrives; then the connection ends, in the middle of an answer.
        client.destroySoon();
        upstream.destroy();
      } else if (!client.write(chunk)) {
        upstream.pause();
        client.once('drain', () => upstream.resume());
      }
    });
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
