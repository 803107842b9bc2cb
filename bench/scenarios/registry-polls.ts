import { join } from 'node:path';
import { CountingProxy } from '../../.ci/e2e/counting-proxy.ts';
import type { MlflowMajor } from '../../.ci/e2e/mlflow-admin.ts';
import { MlflowServer } from '../../.ci/e2e/mlflow-server.ts';
import { RegistryRows } from '../../.ci/e2e/registry-rows.ts';
import { type ModelUri, parseModelUri } from '../../src/model/model-uri.ts';
import { createMlflowRegistry } from '../../src/registry/mlflow/mlflow-registry.ts';
import type { ModelRegistry } from '../../src/registry/model-registry.ts';
import { cpuMicros, processTree } from '../processes/process-usage.ts';

/** Versions of each model. None that is pointed to is the newest, and the alias's shows in no stage: the dearer case. */
const VERSIONS = 5;
const POINTED = { stage: 3, alias: 2 };

/** What the polls of one gateway take while nothing changes. */
export interface PollFigures {
  readonly firstRequests: number;
  readonly requests: number;
  /** Processor time of all processes of the MLflow server, in milliseconds a poll. */
  readonly serverCpuMs: number;
  /** Processor time here, in milliseconds a poll: requests, parsing, comparison. */
  readonly ownCpuMs: number;
  /** Time on the clock, in milliseconds a poll. */
  readonly tookMs: number;
}

/** An MLflow server on SQLite, with as many models as are wanted. */
export class FilledServer implements AsyncDisposable {
  readonly server: MlflowServer;
  readonly #rows: RegistryRows;
  #models = 0;

  private constructor(server: MlflowServer, directory: string) {
    this.server = server;
    this.#rows = new RegistryRows(directory);
  }

  static async start(directory: string, major: MlflowMajor): Promise<FilledServer> {
    const home = join(directory, major);
    const server = await MlflowServer.create({ directory: home, major });
    const filled = new FilledServer(server, home);
    await server.admin.createModel('template');
    await server.admin.createVersion('template', 's3://bucket/key');
    return filled;
  }

  /** Makes it that many models, `model-0000` and so on. */
  fillTo(models: number): void {
    const names = modelNames(models).slice(this.#models);
    const pointers = { stages: { [POINTED.stage]: 'Production' }, aliases: { champion: POINTED.alias } };
    this.#rows.add('template', { names, versions: VERSIONS, ...pointers });
    this.#models = models;
  }

  /** Processor time of the server so far, in milliseconds. It is the only process that was started here. */
  get cpuMs(): number {
    return cpuMicros(processTree(process.pid).filter((pid) => pid !== process.pid)) / 1000;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.stop();
  }
}

export function modelNames(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `model-${String(index).padStart(4, '0')}`);
}

export function connect(uri: string): ModelRegistry {
  return createMlflowRegistry({
    uri,
    credentials: null,
    tls: { insecure: false, caPath: null, clientCertPath: null },
    requestTimeoutMs: 60_000,
    workspace: null,
  });
}

/** Counts the requests through a proxy, then measures without it. */
export async function measurePolls(
  filled: FilledServer,
  uris: readonly string[],
  polls: number,
): Promise<PollFigures> {
  const parsed = uris.map(parseModelUri);
  const proxy = await CountingProxy.start(filled.server.uri);
  const counted = connect(proxy.uri);
  await poll(counted, parsed);
  const firstRequests = proxy.take().length;
  await poll(counted, parsed);
  await poll(counted, parsed);
  const requests = proxy.take().length / 2;
  await counted.close();
  await proxy.close();

  const registry = connect(filled.server.uri);
  for (let warmUp = 0; warmUp < 2; warmUp++) await poll(registry, parsed);
  const [serverBefore, ownBefore, startedAt] = [filled.cpuMs, process.cpuUsage(), performance.now()];
  for (let count = 0; count < polls; count++) await poll(registry, parsed);
  const own = process.cpuUsage(ownBefore);
  const figures = {
    firstRequests,
    requests,
    serverCpuMs: (filled.cpuMs - serverBefore) / polls,
    ownCpuMs: (own.user + own.system) / 1000 / polls,
    tookMs: (performance.now() - startedAt) / polls,
  };
  await registry.close();
  return figures;
}

async function poll(registry: ModelRegistry, uris: readonly ModelUri[]): Promise<void> {
  const resolutions = await registry.resolve(uris, new AbortController().signal);
  for (const { uri, states } of resolutions) {
    const expected = String(uri.pointer.kind === 'alias' ? POINTED.alias : POINTED.stage);
    const isRight = states.every((state) => state.outcome === 'found' && state.version.version === expected);
    if (!isRight || states.length === 0) throw new Error(`a poll found ${JSON.stringify(states.at(0))}`);
  }
}
