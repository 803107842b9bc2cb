import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { readConfig } from '../src/config.ts';
import { type Gateway, startGateway } from '../src/gateway.ts';
import { type LogLine, MemoryLog } from './fakes/memory-log.ts';

export const FIXTURES = resolve(import.meta.dirname, '../models-fixtures');
export const ADMIN_TOKEN = 'operator-token-of-the-tests';

export type Environment = Readonly<Record<string, string>>;

/** A whole gateway in this process, on a free port, with a cache of its own. */
export interface RunningGateway extends AsyncDisposable {
  readonly gateway: Gateway;
  readonly url: string;
  readonly log: readonly LogLine[];
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>;
  /** Resolves when `/readyz` is 200. */
  ready(): Promise<void>;
}

/** A folder that is gone after the test. */
export async function temporaryFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'switchyard-test-'));
}

/** A directory registry that the test may change: a copy of `models` of the fixtures. */
export async function copyFixtures(...models: readonly string[]): Promise<string> {
  const folder = await temporaryFolder();
  for (const model of models) await cp(join(FIXTURES, model), join(folder, model), { recursive: true });
  return folder;
}

/** Starts the gateway over the fixtures unless `env` says otherwise; stops with the end of the scope. */
export async function runGateway(env: Environment = {}): Promise<RunningGateway> {
  const cache = await temporaryFolder();
  const log = new MemoryLog();
  const config = readConfig({
    env: {
      PORT: '0',
      SWITCHYARD_REGISTRY_DIR: FIXTURES,
      SWITCHYARD_CACHE_DIR: cache,
      SWITCHYARD_POLL_INTERVAL_MS: '100',
      SWITCHYARD_ENGINE_THREADS: '1',
      SWITCHYARD_ADMIN_TOKEN: ADMIN_TOKEN,
      ...env,
    },
    flags: { serveWord: false },
    packageRoot: resolve(FIXTURES, '..'),
    cpuCount: 1,
    memoryLimitBytes: null,
    isTerminal: false,
  });
  const gateway = await startGateway(config, log);
  return {
    gateway,
    url: gateway.url,
    log: log.lines,
    post: (path, body, headers = {}) =>
      fetch(gateway.url + path, {
        method: 'POST',
        body: isRaw(body) ? body : JSON.stringify(body),
        headers,
      }),
    ready: async () => {
      while (!gateway.service.readiness().ready) {
        await gateway.service.settled(AbortSignal.timeout(10_000));
        await new Promise((done) => setTimeout(done, 5));
      }
    },
    [Symbol.asyncDispose]: async () => {
      await gateway.stop();
      await rm(cache, { recursive: true, force: true });
    },
  };
}

function isRaw(body: unknown): body is string | Uint8Array<ArrayBuffer> {
  return typeof body === 'string' || body instanceof Uint8Array;
}
