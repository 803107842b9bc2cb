import { appendFile, cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CheckedLoad } from '../../.ci/e2e/checked-load.ts';
import type { Question } from '../../.ci/e2e/expected-answers.ts';
import { checkout, GatewayProcess } from '../../.ci/e2e/gateway-process.ts';
import { addVersion, movePointer } from '../../src/registry/directory/edit-registry.ts';
import { type ProcessFigures, readProcessFigures } from './process-figures.ts';

export interface SwapSeriesOptions {
  /** Empty; takes the registry, the cache and the log. */
  readonly directory: string;
  readonly placement: 'inline' | 'worker';
  /** `new`: each swap is to a version that was never there before. `known`: to one of three, none of which is warm. */
  readonly versions: 'new' | 'known';
  readonly swaps: number;
  /** A sample after so many swaps. */
  readonly sampleEvery: number;
  readonly connections: number;
  /** More variables for the server. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** The server after `swaps` swaps. */
export interface SwapSample extends ProcessFigures {
  readonly swaps: number;
  readonly heapUsedBytes: number;
  readonly externalBytes: number;
  /** Versions that are not closed: each has a work directory until it is. */
  readonly openVersions: number;
}

export interface SwapSeries {
  readonly samples: readonly SwapSample[];
  readonly seconds: number;
  readonly answered: number;
  readonly failed: number;
  /** Answers that are not what the version named computes. */
  readonly wrong: number;
  readonly problems: readonly string[];
  readonly exitCode: number | NodeJS.Signals;
}

const KNOWN_VERSIONS = 3;

/** Swaps iris again and again while every answer is checked, and looks at the server in between. */
export async function runSwapSeries(options: SwapSeriesOptions): Promise<SwapSeries> {
  const { directory, versions, swaps, sampleEvery, connections } = options;
  const registry = join(directory, 'registry');
  await mkdir(registry, { recursive: true });
  const addNext = versionAdder(registry, directory);
  const initial = versions === 'new' ? 1 : KNOWN_VERSIONS;
  for (let version = 1; version <= initial; version++) await addNext();
  const gateway = await startServer(options, registry);
  await gateway.waitUntilReady();
  const load = new CheckedLoad({
    origin: gateway.origin,
    questions: await irisQuestions(),
    connections,
    pauseMs: 2,
  });
  const samples: SwapSample[] = [await takeSample(gateway, directory, 0)];
  const startedAt = performance.now();
  for (let swap = 1; swap <= swaps; swap++) {
    let wanted = String((swap % KNOWN_VERSIONS) + 1);
    if (versions === 'new') wanted = await addNext();
    await movePointer(registry, 'iris', { kind: 'stage', stage: 'Production', version: wanted });
    await refresh(gateway, wanted);
    if (swap % sampleEvery === 0) samples.push(await takeSample(gateway, directory, swap));
  }
  const seconds = (performance.now() - startedAt) / 1000;
  await load.stop();
  const exitCode = await gateway.stop();
  const { answered, failed, wrong, problems } = load;
  return { samples, seconds, answered, failed, wrong, problems, exitCode };
}

async function startServer(options: SwapSeriesOptions, registry: string): Promise<GatewayProcess> {
  const { directory, placement, environment } = options;
  const config = join(directory, 'switchyard.yaml');
  await writeFile(config, `models:\n  - {uri: models:/iris/Production, placement: ${placement}}\n`);
  return GatewayProcess.start({
    directory,
    environment: {
      SWITCHYARD_REGISTRY_DIR: registry,
      SWITCHYARD_CONFIG: config,
      SWITCHYARD_LOG_LEVEL: 'warn',
      SWITCHYARD_ENGINE_THREADS: '2',
      ...environment,
    },
  });
}

/** Adds iris 1 and 2 in turn, each time with one file changed, so that it is tried and cached like any new version. */
function versionAdder(registry: string, directory: string): () => Promise<string> {
  let count = 0;
  return async () => {
    count++;
    const draft = join(directory, 'draft');
    await cp(join(checkout, 'models-fixtures', 'iris', originalOf(String(count))), draft, {
      recursive: true,
    });
    await appendFile(join(draft, 'conda.yaml'), `# made for version ${count}\n`);
    const version = await addVersion(registry, {
      name: 'iris',
      path: draft,
      stage: 'Production',
      alias: null,
    });
    await rm(draft, { recursive: true });
    return version;
  };
}

/** Which of the fixture's versions was copied. */
function originalOf(version: string): string {
  return Number(version) % 2 === 1 ? '1' : '2';
}

async function refresh(gateway: GatewayProcess, wanted: string): Promise<void> {
  const response = await gateway.operate('POST', '/models/iris/refresh');
  const { current, lastError } = (await response.json()) as Awaited<ReturnType<GatewayProcess['status']>>;
  if (current?.version !== wanted) {
    throw new Error(
      `version ${wanted} does not serve, ${current?.version} does: ${JSON.stringify(lastError)}`,
    );
  }
}

async function takeSample(gateway: GatewayProcess, directory: string, swaps: number): Promise<SwapSample> {
  const figures = readProcessFigures(gateway.process.pid);
  const heapUsedBytes = await gateway.metric('nodejs_heap_size_used_bytes');
  const externalBytes = await gateway.metric('nodejs_external_memory_bytes');
  return {
    ...figures,
    swaps,
    heapUsedBytes,
    externalBytes,
    openVersions: await countOpenVersions(directory),
  };
}

async function countOpenVersions(directory: string): Promise<number> {
  const folder = join(directory, 'cache', 'tmp');
  const [instance] = await readdir(folder);
  const names = instance === undefined ? [] : await readdir(join(folder, instance));
  return names.filter((name) => name.startsWith('work-')).length;
}

interface ExpectedFile {
  readonly inputs: { readonly rows: readonly (readonly number[])[] };
  readonly onnxruntime: {
    readonly labels: readonly number[];
    readonly probabilities: readonly (readonly number[])[];
  };
}

/** One row each; the answer is compared with what onnxruntime computes for the version that it names. */
export async function irisQuestions(): Promise<readonly Question[]> {
  const expected = new Map<string, ExpectedFile>();
  for (const version of ['1', '2']) {
    const path = join(checkout, 'models-fixtures', 'iris', version, 'expected.json');
    expected.set(version, JSON.parse(await readFile(path, 'utf8')) as ExpectedFile);
  }
  return expected.get('1')!.inputs.rows.map((features, row) => ({
    path: '/models/iris/predict',
    body: JSON.stringify({ features }),
    problemOf: (version, answer) => {
      const { labels, probabilities } = expected.get(originalOf(version))!.onnxruntime;
      const { prediction, probability } = answer as { prediction?: number; probability?: number };
      const best = Math.max(...probabilities[row]!);
      const isRight = prediction === labels[row] && Math.abs((probability ?? Number.NaN) - best) <= 1e-6;
      return isRight ? null : `row ${row} of version ${version} is answered ${JSON.stringify(answer)}`;
    },
  }));
}
