import { copyFile, cp, link, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { checkout, GatewayProcess } from '../../.ci/e2e/gateway-process.ts';
import { waitUntil } from '../../.ci/e2e/wait-until.ts';
import { movePointer } from '../../src/registry/directory/edit-registry.ts';
import { slowGraph } from '../../test/fakes/hostile-models.ts';
import { type Interval, StandstillWatch } from '../processes/standstills.ts';
import { percentile } from '../statistics.ts';
import { readProcessFigures } from './process-figures.ts';
import { type Answers, latenciesOf, SteadyCalls } from './steady-calls.ts';

export interface IsolationOptions {
  /** Empty; takes the registry, the cache and the log. */
  readonly directory: string;
  /** An ONNX file that is heavy to load. */
  readonly largeGraph: string;
  /** How long a phase without a load lasts. */
  readonly phaseMs: number;
  /** Of one run of the model that occupies the pool, as `slowGraph` takes it: within a factor of three. */
  readonly slowRunMs: number;
  /** Calls for the cheap model. As many ask the model that shares the pool, half as many `/livez`. */
  readonly perSecond: number;
  /** More variables for the server. */
  readonly environment?: Readonly<Record<string, string>>;
}

export const PHASES = ['quiet', 'slow runs', 'large load', 'both', 'quiet again'] as const;
export type PhaseName = (typeof PHASES)[number];

/** Who is asked in each phase. */
export const PROBES = ['livez', 'cheap', 'pooled'] as const;
export type ProbeName = (typeof PROBES)[number];

export interface Latency {
  readonly count: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Of the answers that no standstill of the whole machine fell into. */
  readonly awakeP99Ms: number;
  readonly maxMs: number;
  readonly failed: number;
  readonly problem: string | null;
}

export interface Phase {
  readonly name: PhaseName;
  readonly seconds: number;
  /** What the server took of one core meanwhile; its trial process is not in it. */
  readonly cores: number;
  /** At its end. */
  readonly residentBytes: number;
  readonly probes: Readonly<Record<ProbeName, Latency>>;
  /** As `Answers.ownStallMs`. */
  readonly ownStallMs: number;
  /** How often all cores stood still at once, and for how long in all; `null` where that cannot be told. */
  readonly standstills: { readonly count: number; readonly totalMs: number } | null;
  /** Answers of the slow model. */
  readonly slowAnswers: number;
  /** What its longest run took, in milliseconds; 0 without one. */
  readonly slowRunMs: number;
}

/**
 * A cheap model inline, the same one in the worker pool, and `/livez` are asked at a fixed rate, while nothing else
 * happens, while another model's runs occupy the pool, while a large version loads, and while both do.
 */
export async function measureIsolation(options: IsolationOptions): Promise<readonly Phase[]> {
  const { directory, phaseMs } = options;
  const registry = join(directory, 'registry');
  await fillRegistry(registry, options);
  const gateway = await startServer(directory, registry, options.environment);
  await gateway.waitUntilReady();
  const watch = StandstillWatch.start();
  const probes = startProbes(gateway, options.perSecond);
  await sleep(Math.min(phaseMs, 3_000));
  const during = async (name: PhaseName, work: () => Promise<unknown>, slow = false): Promise<Phase> => {
    for (const probe of PROBES) probes[probe].take();
    watch?.take();
    const hog = slow ? new Hog(gateway.origin) : null;
    const startedAt = performance.now();
    const { cpuMs } = readProcessFigures(gateway.process.pid);
    await work();
    const elapsedMs = performance.now() - startedAt;
    const after = readProcessFigures(gateway.process.pid);
    const usedMs = after.cpuMs - cpuMs;
    const answers = PROBES.map((probe) => [probe, probes[probe].take()] as const);
    const standstills = watch?.take() ?? null;
    const entries = answers.map(([probe, taken]) => [probe, summarize(taken, standstills ?? [])] as const);
    await hog?.stop();
    return {
      name,
      seconds: elapsedMs / 1000,
      cores: usedMs / elapsedMs,
      residentBytes: after.residentBytes,
      probes: Object.fromEntries(entries) as Phase['probes'],
      standstills: standstills && {
        count: standstills.length,
        totalMs: standstills.reduce((sum, { from, to }) => sum + to - from, 0),
      },
      ownStallMs: Math.max(...answers.map(([, taken]) => taken.ownStallMs)),
      slowAnswers: hog?.answers ?? 0,
      slowRunMs: hog?.longestRunMs ?? 0,
    };
  };
  const load = (version: string) => () => loadLarge(gateway, registry, version);
  const phases = [
    await during('quiet', () => sleep(phaseMs)),
    await during('slow runs', () => sleep(phaseMs), true),
    await during('large load', load('2')),
    await during('both', load('3'), true),
    await during('quiet again', () => sleep(phaseMs)),
  ];
  await Promise.all(PROBES.map((probe) => probes[probe].stop()));
  watch?.stop();
  const code = await gateway.stop();
  if (code !== 0) throw new Error(`the gateway ended with ${code}:\n${gateway.process.logTail()}`);
  return phases;
}

async function fillRegistry(
  registry: string,
  { largeGraph, slowRunMs }: Pick<IsolationOptions, 'largeGraph' | 'slowRunMs'>,
): Promise<void> {
  const iris = join(checkout, 'models-fixtures', 'iris', '1');
  for (const name of ['cheap', 'pooled']) {
    await cp(iris, join(registry, name, '1'), { recursive: true });
  }
  await mkdir(join(registry, 'slow', '1'), { recursive: true });
  await writeFile(join(registry, 'slow', '1', 'model.onnx'), slowGraph(slowRunMs));
  for (const version of ['2', '3']) {
    const directory = join(registry, 'large', version);
    await mkdir(directory, { recursive: true });
    const graph = join(directory, 'model.onnx');
    await link(largeGraph, graph).catch(() => copyFile(largeGraph, graph));
    // Versions with the same files would be tried only once.
    await writeFile(join(directory, 'note.txt'), `version ${version}\n`);
  }
  await writeFile(join(registry, 'large', 'registry.yaml'), 'stages: {Staging: 2}\n');
}

async function startServer(
  directory: string,
  registry: string,
  environment: IsolationOptions['environment'],
): Promise<GatewayProcess> {
  const config = join(directory, 'switchyard.yaml');
  const models = ['cheap, placement: inline', 'pooled, placement: worker', 'slow, placement: worker'];
  const entries = models.map((model) => `  - {uri: models:/${model.replace(',', '/Production,')}}`);
  await writeFile(config, `models:\n${entries.join('\n')}\n  - models:/*/Production\n`);
  return GatewayProcess.start({
    directory,
    environment: {
      SWITCHYARD_REGISTRY_DIR: registry,
      SWITCHYARD_CONFIG: config,
      SWITCHYARD_LOG_LEVEL: 'warn',
      SWITCHYARD_ENGINE_THREADS: '2',
      SWITCHYARD_POLL_INTERVAL_MS: '500',
      ...environment,
    },
  });
}

function startProbes(gateway: GatewayProcess, perSecond: number): Readonly<Record<ProbeName, SteadyCalls>> {
  const { origin } = gateway;
  const body = JSON.stringify({ features: [5.1, 3.5, 1.4, 0.2] });
  const model = (name: string) =>
    new SteadyCalls({
      origin,
      calls: [{ method: 'POST', path: `/models/${name}/predict`, body }],
      perSecond,
      connections: 64,
    });
  return {
    livez: new SteadyCalls({
      origin,
      calls: [{ method: 'GET', path: '/livez' }],
      perSecond: Math.ceil(perSecond / 2),
      connections: 16,
    }),
    cheap: model('cheap'),
    pooled: model('pooled'),
  };
}

function summarize(
  { latencies, waits, failed, problem }: Answers,
  standstills: readonly Interval[],
): Latency {
  const awake = waits.filter((wait) => !standstills.some(({ from, to }) => from < wait.to && wait.from < to));
  return {
    count: latencies.length,
    p50Ms: percentile(latencies, 50),
    p99Ms: percentile(latencies, 99),
    awakeP99Ms: percentile(latenciesOf(awake), 99),
    maxMs: latencies.at(-1) ?? Number.NaN,
    failed,
    problem,
  };
}

async function loadLarge(gateway: GatewayProcess, registry: string, version: string): Promise<void> {
  await movePointer(registry, 'large', { kind: 'stage', stage: 'Production', version });
  const isServing = async () => {
    const response = await fetch(`${gateway.origin}/models/large`);
    const status = (await response.json()) as Partial<Awaited<ReturnType<GatewayProcess['status']>>>;
    if (status.lastError) throw new Error(`the large version does not load: ${status.lastError.message}`);
    return status.current?.version === version;
  };
  await waitUntil(`version ${version} of the large model serves`, 200_000, isServing, 100);
}

/** Requests to the slow model back to back, more at once than there are threads. */
class Hog {
  static readonly #CONNECTIONS = 4;
  answers = 0;
  longestRunMs = 0;
  readonly #abort = new AbortController();
  readonly #loops: readonly Promise<void>[];

  constructor(origin: string) {
    this.#loops = Array.from({ length: Hog.#CONNECTIONS }, () => this.#ask(origin));
  }

  /** Resolves after the runs in flight. */
  async stop(): Promise<void> {
    this.#abort.abort();
    await Promise.all(this.#loops);
  }

  async #ask(origin: string): Promise<void> {
    while (!this.#abort.signal.aborted) {
      const response = await fetch(`${origin}/models/slow/predict`, {
        method: 'POST',
        body: JSON.stringify({ features: [1, 2, 3, 4] }),
      });
      await response.arrayBuffer();
      if (response.status !== 200) continue;
      this.answers++;
      const runMs = /infer;dur=([\d.]+)/.exec(response.headers.get('server-timing') ?? '')?.[1];
      this.longestRunMs = Math.max(this.longestRunMs, Number(runMs ?? 0));
    }
  }
}
