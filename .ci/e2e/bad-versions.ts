/** Versions that must not serve become version 2, each of a model of its own: version 1 serves on, and the status says why. */
import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  addGraph,
  crashingGraph,
  hugeMemoryGraph,
  loopForeverGraph,
  unsupportedOpsetGraph,
} from '../../test/fakes/hostile-models.ts';
import {
  commandPickle,
  cutOffPickle,
  duplicatesPickle,
  ownClassPickle,
} from '../../test/fakes/hostile-pickles.ts';
import { CheckedLoad } from './checked-load.ts';
import type { Question } from './expected-answers.ts';
import { checkout, GatewayProcess } from './gateway-process.ts';
import { type Report, runPart } from './report.ts';
import { waitUntil } from './wait-until.ts';

const pollMs = 500;
/** What a pickle would make if anything in it were executed. */
const CALLING_CARD = join(tmpdir(), `switchyard-was-here-${process.pid}`);
const loadTimeoutMs = 5_000;
const memoryMaxBytes = 800_000_000;
/** One model file may unfold into 512 MiB before it is refused. */
const MOST_BYTES = 1500 * 2 ** 20;

interface Case {
  /** Also the model's name. */
  readonly name: string;
  readonly code: string;
  /** What the message must tell. */
  readonly says: RegExp;
  /** Makes the directory of version 2 complete but for its `model.onnx`, which is what it returns, if anything. */
  readonly build: (directory: string) => Promise<Uint8Array | null>;
}

const good = addGraph();
const graphOf = (bytes: Uint8Array) => async () => bytes;

const cases: readonly Case[] = [
  {
    name: 'truncated',
    code: 'INVALID_MODEL',
    says: /model\.onnx/,
    build: graphOf(good.subarray(0, Math.floor(good.length / 2))),
  },
  {
    name: 'text',
    code: 'INVALID_MODEL',
    says: /model\.onnx/,
    build: graphOf(Buffer.from('<html>404 not found</html>\n'.repeat(100))),
  },
  {
    name: 'unsupported-opset',
    code: 'INVALID_MODEL|UNSUPPORTED_MODEL',
    says: /opset/i,
    build: graphOf(unsupportedOpsetGraph()),
  },
  {
    name: 'other-signature',
    code: 'SIGNATURE_INCOMPATIBLE',
    says: /\S/,
    build: graphOf(addGraph({ columns: 5 })),
  },
  {
    name: 'missing-external-data',
    code: 'INVALID_MODEL|ARTIFACT_INVALID',
    says: /\.data/,
    build: withoutExternalData,
  },
  { name: 'no-flavour', code: 'UNSUPPORTED_MODEL', says: /onnx/i, build: withoutFlavour },
  {
    name: 'pickled-command',
    code: 'UNSUPPORTED_MODEL',
    says: /posix\.system.*never executed/,
    build: pickleOf(commandPickle(`touch ${CALLING_CARD}`)),
  },
  {
    name: 'own-class',
    code: 'UNSUPPORTED_MODEL',
    says: /OurModel.*log_model/,
    build: pickleOf(ownClassPickle()),
  },
  { name: 'cut-off-pickle', code: 'INVALID_MODEL', says: /pickle/, build: pickleOf(cutOffPickle()) },
  {
    name: 'duplicates',
    // Whichever bound comes first.
    code: 'INVALID_MODEL|LOAD_TIMEOUT',
    says: /unfolds into more than|takes longer than/,
    build: pickleOf(duplicatesPickle()),
  },
  { name: 'lambda', code: 'UNSUPPORTED_MODEL', says: /steps\[0\].*never executed/, build: logged('lambda') },
  { name: 'unfitted', code: 'INVALID_MODEL', says: /before it was fitted/, build: logged('unfitted') },
  { name: 'endless-loop', code: 'LOAD_TIMEOUT', says: /5000|5 s/, build: graphOf(loopForeverGraph()) },
  {
    name: 'aborts-its-process',
    code: 'LOAD_CRASHED',
    says: /SIG|crash|died/i,
    build: graphOf(crashingGraph()),
  },
  { name: 'eats-memory', code: 'MEMORY_LIMIT', says: /memory/i, build: graphOf(hugeMemoryGraph()) },
];

async function withoutExternalData(directory: string): Promise<null> {
  await cp(join(checkout, 'models-fixtures', 'digits', '1'), directory, { recursive: true });
  for (const file of await readdir(directory)) {
    if (file.endsWith('.data')) {
      await rm(join(directory, file));
    }
  }
  return null;
}

function pickleOf(bytes: Uint8Array): Case['build'] {
  return async (directory) => {
    await writeFile(join(directory, 'model.pkl'), bytes);
    return null;
  };
}

/** A model as MLflow logs it. */
function logged(name: string): Case['build'] {
  return async (directory) => {
    await cp(join(checkout, 'test/formats/fitted/fixtures/logged', name), directory, { recursive: true });
    return null;
  };
}

async function withoutFlavour(directory: string): Promise<null> {
  await writeFile(join(directory, 'MLmodel'), 'flavors:\n  pytorch:\n    model_data: data\n');
  return null;
}

async function addVersion(
  registry: string,
  name: string,
  version: string,
  build: Case['build'],
): Promise<void> {
  const directory = join(registry, name, version);
  await mkdir(directory, { recursive: true });
  const bytes = await build(directory);
  if (bytes !== null) {
    await writeFile(join(directory, 'model.onnx'), bytes);
  }
}

async function moveStage(registry: string, name: string, version: string): Promise<void> {
  const file = join(registry, name, 'registry.yaml');
  await writeFile(`${file}.new`, `stages: {Production: ${version}}\n`);
  await rename(`${file}.new`, file);
}

/** The sum of the row, by version 1; version 3 adds 1. */
function questionsAbout(name: string): Question[] {
  const problemOf = (version: string, answer: unknown) => {
    const expected = version === '1' ? 10 : 11;
    const isRight =
      ['1', '3'].includes(version) && (answer as { prediction?: unknown }).prediction === expected;
    return isRight ? null : `version ${version} answers ${JSON.stringify(answer)}`;
  };
  return [{ path: `/models/${name}/predict`, body: '{"features":[1,2,3,4]}', problemOf }];
}

function startLoads(gateway: GatewayProcess): Map<string, CheckedLoad> {
  const light = { origin: gateway.origin, connections: 1, pauseMs: 20 };
  return new Map(
    cases.map(({ name }) => [name, new CheckedLoad({ ...light, questions: questionsAbout(name) })]),
  );
}

async function checkLoads(report: Report, when: string, loads: Map<string, CheckedLoad>, version: string) {
  await Promise.all([...loads.values()].map((load) => load.stop()));
  for (const [name, load] of loads) {
    const isRight = load.answered > 0 && load.failed + load.wrong === 0 && load.version === version;
    report.check(
      `${when}, ${name}: ${load.answered} answers, all right, at last of version ${version}`,
      isRight,
      load.problems,
    );
  }
}

/** Every model must show why its version 2 does not serve, and no model may have left version 1. */
async function checkReasons(report: Report, when: string, gateway: GatewayProcess): Promise<void> {
  // One trial process takes the versions in turn.
  const timeoutMs = cases.length * loadTimeoutMs + 10_000;
  for (const { name, code, says } of cases) {
    const isRefused = async () => {
      const status = await gateway.status(name);
      return status.lastError !== null && status;
    };
    const status = await waitUntil(`${name} has a last error`, timeoutMs, isRefused, 100);
    const { lastError, current, desired } = status;
    const isRight =
      new RegExp(`^(${code})$`).test(lastError?.code ?? '') && says.test(lastError?.message ?? '');
    const stays = current?.version === '1' && desired?.version === '2';
    report.check(`${when}, ${name}: ${lastError?.code}, ${lastError?.message}`, isRight && stays, status);
  }
  report.check(`${when}: /readyz is 200`, await gateway.isReady());
  report.check(`${when}: the server is the same process`, !gateway.process.hasExited);
}

/** A version directory that was just copied counts once it has been still for a poll, so a start may be ready without it. */
async function untilAllServe(gateway: GatewayProcess, version: string, timeoutMs: number): Promise<void> {
  for (const { name } of cases) {
    const serves = async () => {
      const status = await gateway.status(name);
      return status.current?.version === version && status.lastError === null;
    };
    await waitUntil(`version ${version} of ${name} serves`, timeoutMs, serves, 50);
  }
}

/** A server that is killed while it tries a version again cannot know that the version is not to blame. */
async function untilNothingLoads(gateway: GatewayProcess): Promise<void> {
  for (const { name } of cases) {
    const isQuiet = async () => {
      const { loading, nextRetryAt } = await gateway.status(name);
      return loading === null && (nextRetryAt === null || Date.parse(nextRetryAt) - Date.now() > 300);
    };
    await waitUntil(`nothing of ${name} loads`, 20_000, isQuiet, 20);
  }
}

await runPart('bad versions', async (report, directory) => {
  const registry = join(directory, 'registry');
  for (const { name, build } of cases) {
    await addVersion(registry, name, '1', graphOf(good));
    await moveStage(registry, name, '1');
    await addVersion(registry, name, '2', build);
    await addVersion(registry, name, '3', graphOf(addGraph({ bias: 1 })));
  }
  const options = {
    directory: join(directory, 'gateway'),
    environment: {
      SWITCHYARD_REGISTRY_DIR: registry,
      SWITCHYARD_MODELS: 'models:/*/Production',
      SWITCHYARD_POLL_INTERVAL_MS: String(pollMs),
      SWITCHYARD_LOAD_TIMEOUT_MS: String(loadTimeoutMs),
      SWITCHYARD_MEMORY_MAX_BYTES: String(memoryMaxBytes),
    },
  };
  let gateway = await GatewayProcess.start(options);
  await gateway.waitUntilReady();
  await untilAllServe(gateway, '1', 20_000);
  let loads = startLoads(gateway);
  await sleep(500);

  for (const { name } of cases) {
    await moveStage(registry, name, '2');
  }
  await checkReasons(report, 'under load', gateway);
  await checkLoads(report, 'under load', loads, '1');
  const { pid } = gateway.process;
  const peakBytes = 1024 * Number(/VmHWM:\s+(\d+)/.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1]);
  report.check(
    `the server, whose threads read these models, never took more than ${MOST_BYTES / 2 ** 20} MiB (${Math.round(peakBytes / 2 ** 20)})`,
    peakBytes < MOST_BYTES,
  );
  report.check('no command of a pickle was run', !existsSync(CALLING_CARD));
  report.check('SIGTERM ends it with exit code 0', (await gateway.stop()) === 0, gateway.process.logTail());

  gateway = await GatewayProcess.start(options);
  report.note(`restarted: ready after ${(await gateway.waitUntilReady()).toFixed(0)} ms`);
  loads = startLoads(gateway);
  await checkReasons(report, 'after a restart', gateway);
  await untilNothingLoads(gateway);
  await gateway.kill();
  await Promise.all([...loads.values()].map((load) => load.stop()));

  gateway = await GatewayProcess.start(options);
  await gateway.waitUntilReady();
  await checkReasons(report, 'after kill -9 and a restart', gateway);

  loads = startLoads(gateway);
  for (const { name } of cases) {
    await moveStage(registry, name, '3');
  }
  await untilAllServe(gateway, '3', 20_000);
  await sleep(300);
  await checkLoads(report, 'a good version 3', loads, '3');
  report.check('SIGTERM ends it with exit code 0', (await gateway.stop()) === 0, gateway.process.logTail());
  if (report.hasFailures) {
    report.note(gateway.process.logTail(60));
  }
});
