import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { readConfig } from '../src/config.ts';
import { type Gateway, startGateway } from '../src/gateway.ts';
import { completenessRecordPath } from '../src/registry/directory/completeness.ts';
import { scanVersionFiles } from '../src/registry/version-files.ts';
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
  /** Resolves when all of these routes serve. */
  serving(...routes: readonly string[]): Promise<void>;
  /** Resolves as soon as `condition` holds. */
  until(condition: () => boolean): Promise<void>;
  /** The value of a series in `/metrics`, by its name and labels as they stand there; null without it. */
  metric(series: string): Promise<number | null>;
}

/** A folder that is gone after the test. */
export async function temporaryFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'switchyard-test-'));
}

/** A directory registry that the test may change: copies of these versions of the fixtures (`iris/1`). */
export async function copyFixtures(...versions: readonly string[]): Promise<string> {
  const registry = await temporaryFolder();
  for (const path of versions) {
    const [name, version] = path.split('/');
    await cp(join(FIXTURES, path), join(registry, path), { recursive: true });
    await markComplete(join(registry, name!), version!);
  }
  return registry;
}

/** As `switchyard registry add` does, so that nobody waits for the files to be still. */
async function markComplete(model: string, version: string): Promise<void> {
  const { fingerprint } = await scanVersionFiles(join(model, version));
  await writeFile(completenessRecordPath(model, version), fingerprint);
}

/** Puts a copy of a model directory into a directory registry. */
export async function copyVersion(
  registry: string,
  name: string,
  version: number,
  from: string,
): Promise<void> {
  await cp(from, join(registry, name, String(version)), { recursive: true });
  await markComplete(join(registry, name), String(version));
}

/** Puts a version into a directory registry that is nothing but a graph, or another model file. */
export async function writeVersion(
  registry: string,
  name: string,
  version: number,
  graph: Uint8Array,
  file = 'model.onnx',
): Promise<void> {
  const folder = join(registry, name, String(version));
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, file), graph);
  await markComplete(join(registry, name), String(version));
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
  const until = async (condition: () => boolean) => {
    while (!condition()) await delay(5);
  };
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
      await gateway.firstPoll;
      await until(() => gateway.service.readiness().ready);
    },
    serving: async (...routes) => {
      const isReady = (name: string) =>
        gateway.service.statuses().some((status) => status.name === name && status.ready);
      await until(() => routes.every(isReady));
    },
    until,
    metric: async (series) => {
      const text = await (await fetch(`${gateway.url}/metrics`)).text();
      const line = text.split('\n').find((candidate) => candidate.startsWith(`${series} `));
      return line === undefined ? null : Number(line.slice(series.length));
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
