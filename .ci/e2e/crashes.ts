/**
 * What a model does to the others when its run goes wrong: a run whose answer would fill the memory fails alone; a native
 * crash ends the process, and the restart serves what served last. An operator's rollback then holds.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { addVersion, movePointer } from '../../src/registry/directory/edit-registry.ts';
import {
  addGraph,
  crashingOnValueGraph,
  DEADLY_VALUE,
  manyTextsGraph,
} from '../../test/fakes/hostile-models.ts';
import { CheckedLoad } from './checked-load.ts';
import type { Question } from './expected-answers.ts';
import { GatewayProcess } from './gateway-process.ts';
import { type Report, runPart } from './report.ts';
import { waitUntil } from './wait-until.ts';

const timeoutMs = 20_000;

interface Answer {
  readonly status: number;
  readonly code: string | undefined;
  readonly prediction: unknown;
  readonly version: string | null;
}

async function ask(gateway: GatewayProcess, model: string, row: readonly number[]): Promise<Answer> {
  const response = await fetch(`${gateway.origin}/models/${model}/predict`, {
    method: 'POST',
    body: JSON.stringify({ features: row }),
  });
  const body = (await response.json()) as { readonly code?: string; readonly prediction?: unknown };
  const version = response.headers.get('x-model-version');
  return { status: response.status, code: body.code, prediction: body.prediction, version };
}

/** Small questions to a model whose every version answers the sum of the row. */
const questions: readonly Question[] = [
  {
    path: '/models/steady/predict',
    body: '{"features":[1,2,3,4]}',
    problemOf: (_version, answer) =>
      (answer as { prediction?: unknown }).prediction === 10 ? null : JSON.stringify(answer),
  },
];

async function fillRegistry(registry: string, directory: string): Promise<void> {
  const add = async (name: string, graph: Uint8Array, stage: string) => {
    const path = join(directory, 'model.onnx');
    await writeFile(path, graph);
    await addVersion(registry, { name, path, stage, alias: null });
  };
  await mkdir(registry, { recursive: true });
  await add('steady', addGraph(), 'Production');
  await add('texts', manyTextsGraph(), 'Production');
  await add('trap', addGraph(), 'Production');
  await add('trap', crashingOnValueGraph(), 'Staging');
}

async function checkTexts(report: Report, gateway: GatewayProcess): Promise<void> {
  const load = new CheckedLoad({ origin: gateway.origin, questions, connections: 2, pauseMs: 2 });
  const row = [1_500_000, 0, 0, 0];
  const answers = await Promise.all([1, 2, 3].map(() => ask(gateway, 'texts', row)));
  const isRefused = answers.every(({ status, code }) => status === 500 && code === 'INFERENCE_FAILED');
  report.check('runs whose answers would fill the memory fail by themselves', isRefused, answers);
  const { status } = await ask(gateway, 'texts', [2, 0, 0, 0]);
  report.check('the model answers the next request', status === 200, String(status));
  await load.stop();
  const isRight = load.answered > 0 && load.failed + load.wrong === 0;
  report.check(`${load.answered} answers of another model meanwhile are right`, isRight, load.problems);
  report.check('the server is the same process', !gateway.process.hasExited);
}

async function checkServing(report: Report, when: string, gateway: GatewayProcess, version: string) {
  const trap = await waitUntil(`version ${version} of trap serves`, timeoutMs, async () => {
    const answer = await ask(gateway, 'trap', [1, 2, 3, 4]);
    return answer.version === version && answer;
  });
  report.check(`${when}: version ${version} of the model answers`, trap.prediction === 10, trap);
  const steady = await ask(gateway, 'steady', [1, 2, 3, 4]);
  report.check(`${when}: the other model answers`, steady.prediction === 10, steady);
}

await runPart('crashes', async (report, directory) => {
  const registry = join(directory, 'registry');
  await fillRegistry(registry, directory);
  const config = join(directory, 'switchyard.yaml');
  await writeFile(
    config,
    'models:\n  - {uri: models:/texts/Production, placement: worker}\n  - models:/*/Production\n',
  );
  const environment = {
    SWITCHYARD_REGISTRY_DIR: registry,
    SWITCHYARD_CONFIG: config,
    SWITCHYARD_ENGINE_THREADS: '2',
    SWITCHYARD_POLL_INTERVAL_MS: '300',
  };
  const start = async () => {
    const gateway = await GatewayProcess.start({ directory: join(directory, 'gateway'), environment });
    await gateway.waitUntilReady();
    return gateway;
  };
  let gateway = await start();
  await checkTexts(report, gateway);

  await movePointer(registry, 'trap', { kind: 'stage', stage: 'Production', version: '2' });
  await checkServing(report, 'a version that passed its trial', gateway, '2');
  await ask(gateway, 'trap', [DEADLY_VALUE, 0, 0, 0]).catch(() => null);
  const end = await gateway.process.exited;
  report.check(`one request ends the process by ${end}`, typeof end === 'string', String(end));

  gateway = await start();
  await checkServing(report, 'after a restart, what served last', gateway, '2');
  const rollback = await gateway.operate('POST', '/models/trap/rollback');
  report.check('an operator rolls it back', rollback.ok, await rollback.text());
  await checkServing(report, 'after the rollback', gateway, '1');
  const survivor = await ask(gateway, 'trap', [DEADLY_VALUE, 0, 0, 0]);
  report.check('the request that was deadly is answered', survivor.prediction === DEADLY_VALUE, survivor);
  await gateway.kill();

  gateway = await start();
  await checkServing(report, 'after kill -9, what the operator holds', gateway, '1');
  report.check('SIGTERM ends it with exit code 0', (await gateway.stop()) === 0, gateway.process.logTail());
});
