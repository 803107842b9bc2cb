/**
 * The gateway follows a real MLflow registry while two load generators run, and loses or falsifies nothing.
 *
 *   node .ci/e2e/swap-under-load.ts [--mlflow 2|3] [--basic-auth] [--rounds N]
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import autocannon from 'autocannon';
import { CheckedLoad } from './checked-load.ts';
import { ExpectedAnswers, type Question } from './expected-answers.ts';
import { GatewayProcess } from './gateway-process.ts';
import type { MlflowMajor } from './mlflow-admin.ts';
import { MlflowServer } from './mlflow-server.ts';
import { type Report, runPart } from './report.ts';
import { waitUntil } from './wait-until.ts';

const { values } = parseArgs({
  options: {
    mlflow: { type: 'string', default: '3' },
    'basic-auth': { type: 'boolean', default: false },
    rounds: { type: 'string', default: '4' },
  },
});
const pollMs = 1_000;
const jitter = 1.1;
// What the client, the shared processor and one answer may add to a move.
const slackMs = 400;
const connections = 8;
const loadDurationMetric = 'switchyard_model_load_duration_seconds_sum';

interface Stage {
  readonly report: Report;
  readonly registry: MlflowServer;
  readonly gateway: GatewayProcess;
  readonly load: CheckedLoad;
}

/** Autocannon beside the checked connections. It hides cut connections, which is why it is not the only one. */
function startAutocannon(gateway: GatewayProcess, questions: readonly Question[]) {
  const problems: string[] = [];
  const { promise: result, resolve } = Promise.withResolvers<autocannon.Result>();
  const options: autocannon.Options = {
    url: gateway.origin,
    connections,
    // Ended by stop().
    duration: 3_600,
    requests: questions.map((question) => ({
      method: 'POST' as const,
      path: question.path,
      headers: { 'content-type': 'application/json' },
      body: question.body,
      onResponse: (status: number, body: string, _context: object, headers?: object) => {
        const version = String((headers as Record<string, string> | undefined)?.['x-model-version']);
        const problem =
          status === 200 ? question.problemOf(version, JSON.parse(body)) : `status ${status}: ${body}`;
        if (problem !== null) {
          problems.push(problem);
        }
      },
    })),
  };
  // With a callback it returns the run, else a promise of its end.
  const instance = autocannon(options, (_error, ended) => resolve(ended));
  return {
    problems,
    async stop(): Promise<autocannon.Result> {
      instance.stop();
      return result;
    },
  };
}

/** Moves the pointer and reports how long it took until the first answer of that version. */
async function follow(
  stage: Stage,
  how: string,
  version: string,
  move: () => Promise<unknown>,
): Promise<void> {
  const { report, registry, gateway, load } = stage;
  const loadedBefore = await gateway.metric(loadDurationMetric);
  const movedAt = ((await move()) as number | undefined) ?? performance.now();
  await waitUntil(`version ${version} answers after ${how}`, 20_000, async () => load.version === version, 5);
  const tookMs = (load.switches.at(-1)?.at ?? Number.NaN) - movedAt;
  const loadMs = ((await gateway.metric(loadDurationMetric)) - loadedBefore) * 1_000;
  const readMs = await registry.admin.readMs('iris');
  const allowedMs = pollMs * jitter + readMs + loadMs + slackMs;
  report.check(
    `${how}: version ${version} after ${tookMs.toFixed(0)} ms (at most ${allowedMs.toFixed(0)}, of which load ${loadMs.toFixed(0)})`,
    tookMs <= allowedMs,
  );
}

async function moveStages(stage: Stage, rounds: number): Promise<void> {
  const { registry, load } = stage;
  for (let round = 1; round <= rounds; round += 1) {
    for (const version of ['2', '1']) {
      // The Python client needs most of the processor for seconds, so its moves say nothing about latencies.
      load.phase = round === 1 ? 'swaps by Python' : 'swaps';
      if (round === 1) {
        const command = ['stage', 'iris', version, 'Production', '--archive'];
        await follow(stage, 'stage moved by the Python client', version, () => registry.move(...command));
      } else {
        await follow(stage, 'stage moved over REST', version, () =>
          registry.admin.moveStage('iris', version),
        );
      }
      await sleep(500);
    }
  }
}

async function moveAlias(stage: Stage, questions: readonly Question[]): Promise<void> {
  const { report, registry, gateway } = stage;
  const load = new CheckedLoad({ origin: gateway.origin, questions, connections: 2, pauseMs: 5 });
  await waitUntil('the alias route answers', 10_000, async () => load.version === '1');
  await follow({ ...stage, load }, 'alias moved by the Python client', '2', () =>
    registry.move('alias', 'iris', 'champion', '2'),
  );
  await follow({ ...stage, load }, 'alias moved over REST', '1', () =>
    registry.admin.moveAlias('iris', 'champion', '1'),
  );
  await load.stop();
  reportLoad(report, 'alias route', load, 3);
}

/** Rollback, pin and refresh by the operator's token, while the load on the stage's route goes on. Starts at version 1. */
async function operate(stage: Stage): Promise<void> {
  const { report, registry, gateway, load } = stage;
  const unnamed = await gateway.operate('POST', '/models/iris/rollback', undefined, '');
  report.check('rollback without a token is 401', unnamed.status === 401, unnamed.status);
  const wrong = await gateway.operate('POST', '/models/iris/rollback', undefined, 'wrong');
  report.check('rollback with a wrong token is 401', wrong.status === 401, wrong.status);

  const rollback = await gateway.operate('POST', '/models/iris/rollback');
  report.check('rollback is 200', rollback.status === 200, await rollback.text());
  await waitUntil('version 2 answers after the rollback', 2_000, async () => load.version === '2', 5);
  await sleep(pollMs * jitter * 2);
  report.check('a rollback holds against the stage', load.version === '2', load.version);
  const release = await gateway.operate('DELETE', '/models/iris/pin');
  report.check('releasing the hold is 200 or 202', [200, 202].includes(release.status), await release.text());
  await waitUntil('the stage is followed again', pollMs * 3, async () => load.version === '1', 5);

  const unknown = await gateway.operate('PUT', '/models/iris/pin', { version: '99' });
  const problem = (await unknown.json()) as { code?: string };
  const isNotFound = unknown.status === 404 && problem.code === 'VERSION_NOT_FOUND';
  report.check('a pin to an unknown version is 404 VERSION_NOT_FOUND', isNotFound, problem);
  const pin = await gateway.operate('PUT', '/models/iris/pin', { version: '2' });
  report.check('a pin is 200 or 202', [200, 202].includes(pin.status), await pin.text());
  await waitUntil('the pinned version answers', 5_000, async () => load.version === '2', 5);
  await gateway.operate('DELETE', '/models/iris/pin');
  await waitUntil('the stage is followed again', pollMs * 3, async () => load.version === '1', 5);

  await registry.admin.moveStage('iris', '2');
  const refreshedAt = performance.now();
  const refresh = await gateway.operate('POST', '/models/iris/refresh');
  report.check('refresh is 200 or 202', [200, 202].includes(refresh.status), await refresh.text());
  await waitUntil('the refreshed version answers', 5_000, async () => load.version === '2', 5);
  report.note(`refresh took ${((load.switches.at(-1)?.at ?? 0) - refreshedAt).toFixed(0)} ms`);
}

function reportLoad(report: Report, name: string, load: CheckedLoad, expectedSwitches: number): void {
  report.check(
    `${name}: 0 of ${load.answered + load.failed} requests failed`,
    load.failed === 0,
    load.problems,
  );
  report.check(
    `${name}: 0 of ${load.answered} answers are wrong for their version`,
    load.wrong === 0,
    load.problems,
  );
  const path = load.switches.map((step) => step.to).join(' → ');
  report.check(`${name}: versions were seen as ${path}`, load.switches.length === expectedSwitches);
}

await runPart(
  `swap under load, MLflow ${values.mlflow}${values['basic-auth'] ? ' with basic auth' : ''}`,
  async (report, directory) => {
    const rounds = Number(values.rounds);
    const registry = await MlflowServer.create({
      directory: join(directory, 'mlflow'),
      major: values.mlflow as MlflowMajor,
      ...(values['basic-auth'] ? { auth: { defaultPermission: 'READ' } } : {}),
    });
    const expected = await ExpectedAnswers.read(await registry.register());
    await registry.admin.moveStage('iris', '1');
    await registry.admin.moveAlias('iris', 'champion', '1');

    const gateway = await GatewayProcess.start({
      directory: join(directory, 'gateway'),
      environment: {
        ...registry.gatewayEnvironment,
        SWITCHYARD_MODELS: 'models:/iris/Production,by-alias=models:/iris@champion',
        SWITCHYARD_POLL_INTERVAL_MS: String(pollMs),
      },
    });
    report.note(`ready ${(await gateway.waitUntilReady()).toFixed(0)} ms after its start, cold cache`);

    const questions = expected.questions('iris');
    const load = new CheckedLoad({ origin: gateway.origin, questions, connections });
    const cannon = startAutocannon(gateway, questions);
    await sleep(2_000);
    load.phase = 'steady';
    await sleep(6_000);

    const stage = { report, registry, gateway, load };
    await moveStages(stage, rounds);
    load.phase = 'operator';
    await moveAlias(stage, expected.questions('by-alias'));
    await operate(stage);

    await load.stop();
    const shot = await cannon.stop();
    // Start at 1, two per round, then rollback, release, pin, release, refresh.
    reportLoad(report, 'checked connections', load, 1 + rounds * 2 + 5);
    const cannonFailures = shot.errors + shot.timeouts + shot.non2xx;
    report.check(`autocannon: 0 of ${shot.requests.total} requests failed`, cannonFailures === 0, shot);
    report.check('autocannon: 0 wrong answers', cannon.problems.length === 0, cannon.problems.slice(0, 3));
    for (const phase of ['steady', 'swaps by Python', 'swaps'].filter((name) => load.answersIn(name) > 0)) {
      const [p50, p99] = [50, 99].map((percent) => load.percentileMs(phase, percent).toFixed(2));
      report.note(`${phase}: ${load.answersIn(phase)} checked answers, p50 ${p50} ms, p99 ${p99} ms`);
    }
    report.check('SIGTERM ends it with exit code 0', (await gateway.stop()) === 0, gateway.process.logTail());
    if (report.hasFailures) {
      report.note(gateway.process.logTail(60));
    }
    await registry.stop();
  },
);
