import { chown, mkdir } from 'node:fs/promises';
import { connect } from 'node:http2';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { OwnedProcess } from './child-process.ts';
import { checkout } from './gateway-process.ts';

/** As in the Dockerfile. */
const USER = 65_532;

export interface PlatformOptions {
  /** Holds the log and the cache. */
  readonly directory: string;
  readonly port: number;
  readonly args: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Directory of this machine → where it is mounted, read-only. */
  readonly mounts?: Readonly<Record<string, string>>;
}

/** What a health check saw from the first answer to the first 200. */
export interface Probes {
  readonly statuses: readonly number[];
  readonly slowestMs: number;
  /** From the start of the container. */
  readonly healthyAfterMs: number;
}

/**
 * The gateway of this checkout in the place of its image: the image's user, environment and read-only root, the platform's
 * arguments, variables and mounts. Needs root.
 */
export class PlatformContainer {
  readonly origin: string;
  readonly process: OwnedProcess;
  readonly #startedAt = performance.now();

  private constructor(origin: string, owned: OwnedProcess) {
    this.origin = origin;
    this.process = owned;
  }

  static async start(options: PlatformOptions): Promise<PlatformContainer> {
    const { directory, port, args, environment = {}, mounts = {} } = options;
    const [cache, root] = [join(directory, 'cache'), join(directory, 'root')];
    await mkdir(cache, { recursive: true });
    await chown(cache, USER, USER);
    await mkdir(root);
    const volumes = Object.entries(mounts).map(([from, to]) => `${from}:${to}:ro`);
    const own = [`${checkout}:/app:ro`, `${cache}:/var/cache/switchyard`];
    const command = ['/app/node_modules/.bin/node', '/app/src/main.ts', ...args];
    const script = join(import.meta.dirname, 'in-container.sh');
    const owned = new OwnedProcess(
      [script, root, `${USER}:${USER}`, '/app', ...own, ...volumes, '--', ...command],
      {
        directory,
        environment: {
          PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
          HOST: '0.0.0.0',
          SWITCHYARD_CACHE_DIR: '/var/cache/switchyard',
          ...environment,
        },
        logFile: join(directory, 'container.log'),
      },
    );
    return new PlatformContainer(`http://127.0.0.1:${port}`, owned);
  }

  /** Asks the platform's health check, from the moment at which the port is open, until it is 200. */
  async untilHealthy(path: string): Promise<Probes> {
    const statuses: number[] = [];
    let slowestMs = 0;
    while (statuses.at(-1) !== 200) {
      if (this.process.hasExited) throw new Error(`ended before it was healthy:\n${this.process.logTail()}`);
      const askedAt = performance.now();
      if (askedAt - this.#startedAt > 40_000) throw new Error(`not healthy:\n${this.process.logTail()}`);
      const answer = await fetch(this.origin + path).catch(() => null);
      if (answer !== null) {
        slowestMs = Math.max(slowestMs, performance.now() - askedAt);
        statuses.push(answer.status);
        await answer.text();
      }
      await sleep(5);
    }
    return { statuses, slowestMs, healthyAfterMs: performance.now() - this.#startedAt };
  }

  async post(path: string, body: string, headers: Record<string, string> = {}) {
    const json = { 'content-type': 'application/json' };
    const answer = await fetch(this.origin + path, {
      method: 'POST',
      body,
      headers: { ...json, ...headers },
    });
    return { status: answer.status, headers: answer.headers, body: await answer.text() };
  }

  /** The same over one HTTP/2 connection without TLS, as Knative's queue-proxy has it. */
  async postHttp2(path: string, body: string | Buffer, headers: Record<string, string> = {}) {
    const session = connect(this.origin);
    try {
      const json = { 'content-type': 'application/json' };
      const stream = session.request({ ':method': 'POST', ':path': path, ...json, ...headers });
      const head = Promise.withResolvers<Record<string, unknown>>();
      stream.on('response', head.resolve).on('error', head.reject).end(body);
      const status = Number((await head.promise)[':status']);
      const chunks: Buffer[] = [];
      for await (const chunk of stream) chunks.push(chunk as Buffer);
      return { status, body: Buffer.concat(chunks) };
    } finally {
      session.close();
    }
  }

  /** What decided what is served, from the first line of the log. */
  get decidedBy(): string {
    const [first = '{}'] = this.process.logTail(1_000).split('\n');
    return String(JSON.parse(first).msg);
  }

  /** SIGTERM to the container's process, SIGKILL after the 30 s that platforms give. @returns exit code or signal */
  async stop(): Promise<number | NodeJS.Signals> {
    this.process.signal('SIGTERM');
    const timer = setTimeout(() => this.process.signalGroup('SIGKILL'), 30_000);
    const code = await this.process.exited;
    clearTimeout(timer);
    return code;
  }
}
