import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { findFreePort, OwnedProcess } from './child-process.ts';
import { waitUntil } from './wait-until.ts';

export const checkout = join(import.meta.dirname, '..', '..');
export const adminToken = 'e2e-operator';

/** What the parts read of `GET /models/{model}`. */
export interface ModelStatus {
  readonly current: {
    readonly version: string;
    readonly runId: string | null;
    readonly digest: string;
  } | null;
  readonly desired: { readonly version: string } | null;
  readonly previous: { readonly version: string } | null;
  readonly loading: { readonly version: string } | null;
  readonly nextRetryAt: string | null;
  readonly conversion: { readonly estimator: string; readonly fromCache: boolean } | null;
  readonly lastError: { readonly code: string; readonly message: string } | null;
}

export interface GatewayOptions {
  /** Holds the log and, unless `SWITCHYARD_CACHE_DIR` is set, the cache. */
  readonly directory: string;
  readonly environment: Record<string, string>;
  readonly port?: number;
}

/** `node src/main.ts serve` of this checkout with a clean environment. */
export class GatewayProcess {
  readonly origin: string;
  readonly port: number;
  readonly process: OwnedProcess;

  private constructor(port: number, owned: OwnedProcess) {
    this.port = port;
    this.origin = `http://127.0.0.1:${port}`;
    this.process = owned;
  }

  static async start(options: GatewayOptions): Promise<GatewayProcess> {
    await mkdir(options.directory, { recursive: true });
    const port = options.port ?? (await findFreePort());
    const command = [process.execPath, 'src/main.ts', 'serve', '--port', String(port)] as const;
    const owned = new OwnedProcess(command, {
      directory: checkout,
      environment: {
        PATH: process.env.PATH ?? '',
        HOME: options.directory,
        SWITCHYARD_CACHE_DIR: join(options.directory, 'cache'),
        SWITCHYARD_ADMIN_TOKEN: adminToken,
        ...options.environment,
      },
      logFile: join(options.directory, 'gateway.log'),
    });
    return new GatewayProcess(port, owned);
  }

  async isReady(): Promise<boolean> {
    const response = await fetch(`${this.origin}/readyz`).catch(() => null);
    await response?.text().catch(() => null);
    return response?.status === 200;
  }

  /** @returns milliseconds since the call */
  async waitUntilReady(timeoutMs = 30_000): Promise<number> {
    const startedAt = performance.now();
    await waitUntil(`the gateway is ready (its log ends ${this.process.logTail(15)})`, timeoutMs, () => {
      if (this.process.hasExited) {
        throw new Error(`the gateway ended before it was ready:\n${this.process.logTail()}`);
      }
      return this.isReady();
    });
    return performance.now() - startedAt;
  }

  async status(model: string): Promise<ModelStatus> {
    const response = await fetch(`${this.origin}/models/${model}`);
    return (await response.json()) as ModelStatus;
  }

  /** Calls an operator route. */
  async operate(method: string, path: string, body?: object, token = adminToken): Promise<Response> {
    return fetch(`${this.origin}${path}`, {
      method,
      headers: {
        ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }

  /** The sum of all series of one metric whose name is exactly this. */
  async metric(name: string): Promise<number> {
    const text = await (await fetch(`${this.origin}/metrics`)).text();
    const values = text
      .split('\n')
      .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
      .map((line) => Number(line.slice(line.lastIndexOf(' ') + 1)));
    return values.reduce((sum, value) => sum + value, 0);
  }

  /** One series, named as in `/metrics`: `name{label="value"}`; 0 while there is none. */
  async series(series: string): Promise<number> {
    const text = await (await fetch(`${this.origin}/metrics`)).text();
    const line = text.split('\n').find((each) => each.startsWith(`${series} `));
    return line === undefined ? 0 : Number(line.slice(series.length + 1));
  }

  /** SIGTERM, as an orchestrator sends it. @returns the exit code, or the signal that ended it */
  async stop(): Promise<number | NodeJS.Signals> {
    this.process.signal('SIGTERM');
    const timer = setTimeout(() => this.process.signalGroup('SIGKILL'), 40_000);
    const result = await this.process.exited;
    clearTimeout(timer);
    this.process.signalGroup('SIGKILL');
    return result;
  }

  /** `kill -9` of the server alone; what it started has to notice by itself. */
  async kill(): Promise<void> {
    this.process.signal('SIGKILL');
    await this.process.exited;
  }
}
