import { appendFile, cp, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { checkout, GatewayProcess } from '../../.ci/e2e/gateway-process.ts';
import { addVersion } from '../../src/registry/directory/edit-registry.ts';
import { percentile } from '../statistics.ts';
import { readProcessFigures } from './process-figures.ts';
import { type Call, SteadyCalls } from './steady-calls.ts';

export interface ManyModelsOptions {
  /** Empty; takes the registry, the cache and the log. */
  readonly directory: string;
  readonly models: number;
  readonly perSecond: number;
  readonly seconds: number;
}

/** One server with so many models. */
export interface ManyModelsFigures {
  readonly models: number;
  /** Process start to `/readyz`, with an empty cache: every version is fetched and tried. */
  readonly coldStartMs: number;
  /** The same with the cache of an earlier process. */
  readonly warmStartMs: number;
  /** After the warm start, before any request. */
  readonly residentBytes: number;
  /** Processor time of one look at all pointers. */
  readonly pollCpuMs: number;
  /** Processor time of one `/metrics`, after every model was asked. */
  readonly scrapeCpuMs: number;
  /** Processor time of one request. */
  readonly requestCpuMs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly answered: number;
  readonly failed: number;
  readonly problem: string | null;
  /** Models that serve after the warm start. */
  readonly serving: number;
}

const CALLS = 10;

/** Fixtures with numeric columns, and how many those are. */
const FIXTURES = [
  { name: 'iris', columns: 4 },
  { name: 'breast-cancer', columns: 30 },
  { name: 'diabetes', columns: 10 },
] as const;

/** Starts a server on `models` copies of the fixtures twice, and looks at what it takes and how it answers. */
export async function measureManyModels(options: ManyModelsOptions): Promise<ManyModelsFigures> {
  const { directory, models, perSecond, seconds } = options;
  const registry = join(directory, 'registry');
  const calls = await fillRegistry(registry, join(directory, 'draft'), models);
  const cold = await start(directory, registry);
  const coldStartMs = await cold.waitUntilReady(240_000);
  await stop(cold);
  const gateway = await start(directory, registry);
  const warmStartMs = await gateway.waitUntilReady(120_000);
  const serving = await servingModels(gateway);
  await sleep(500);
  const { pid } = gateway.process;
  const { residentBytes } = readProcessFigures(pid);
  const pollCpuMs = await measureCpu(gateway, () => gateway.operate('POST', `/models/${serving[0]}/refresh`));

  const load = new SteadyCalls({ origin: gateway.origin, calls, perSecond, connections: 32 });
  // Code and connections warm up, and every model has been asked once.
  await sleep(Math.max(2_000, (calls.length / perSecond) * 1_000));
  load.take();
  const before = readProcessFigures(pid).cpuMs;
  await sleep(seconds * 1_000);
  const { latencies, failed, problem } = load.take();
  const requestCpuMs = (readProcessFigures(pid).cpuMs - before) / latencies.length;
  await load.stop();
  const scrapeCpuMs = await measureCpu(gateway, () => gateway.metric('switchyard_model_ready'));
  await stop(gateway);
  return {
    ...{
      models,
      coldStartMs,
      warmStartMs,
      residentBytes,
      pollCpuMs,
      scrapeCpuMs,
      requestCpuMs,
      serving: serving.length,
    },
    ...{ p50Ms: percentile(latencies, 50), p99Ms: percentile(latencies, 99) },
    ...{ answered: latencies.length, failed, problem },
  };
}

/** @returns one call for each model. */
async function fillRegistry(registry: string, draft: string, models: number): Promise<readonly Call[]> {
  const calls: Call[] = [];
  await mkdir(registry, { recursive: true });
  for (let index = 0; index < models; index++) {
    const fixture = FIXTURES[index % FIXTURES.length]!;
    const name = `${fixture.name}-${String(index).padStart(3, '0')}`;
    await cp(join(checkout, 'models-fixtures', fixture.name, '1'), draft, { recursive: true });
    // Files of its own: the same files would be tried only once.
    await appendFile(join(draft, 'conda.yaml'), `# of ${name}\n`);
    await addVersion(registry, { name, path: draft, stage: 'Production', alias: null });
    await rm(draft, { recursive: true });
    const features = Array.from({ length: fixture.columns }, (_, column) => column + 0.5);
    calls.push({ method: 'POST', path: `/models/${name}/predict`, body: JSON.stringify({ features }) });
  }
  return calls;
}

function start(directory: string, registry: string): Promise<GatewayProcess> {
  return GatewayProcess.start({
    directory,
    environment: {
      SWITCHYARD_REGISTRY_DIR: registry,
      SWITCHYARD_MODELS: 'models:/*/Production',
      SWITCHYARD_LOG_LEVEL: 'warn',
      SWITCHYARD_ENGINE_THREADS: '2',
      // Polls come when they are asked for.
      SWITCHYARD_POLL_INTERVAL_MS: '600000',
    },
  });
}

async function stop(gateway: GatewayProcess): Promise<void> {
  const code = await gateway.stop();
  if (code !== 0) throw new Error(`the gateway ended with ${code}:\n${gateway.process.logTail()}`);
}

async function servingModels(gateway: GatewayProcess): Promise<readonly string[]> {
  const response = await fetch(`${gateway.origin}/health`);
  const { models } = (await response.json()) as {
    readonly models: readonly { readonly name: string; readonly ready: boolean }[];
  };
  return models.filter(({ ready }) => ready).map(({ name }) => name);
}

/** @returns processor time of one call, in milliseconds. */
async function measureCpu(gateway: GatewayProcess, call: () => Promise<unknown>): Promise<number> {
  await call();
  const before = readProcessFigures(gateway.process.pid).cpuMs;
  for (let count = 0; count < CALLS; count++) await call();
  return (readProcessFigures(gateway.process.pid).cpuMs - before) / CALLS;
}
