/** A registry that is down stops neither what serves nor a restart on the same cache; when it is back it is followed. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CheckedLoad } from './checked-load.ts';
import { ExpectedAnswers } from './expected-answers.ts';
import { GatewayProcess } from './gateway-process.ts';
import { MlflowServer } from './mlflow-server.ts';
import { type Report, runPart } from './report.ts';
import { waitUntil } from './wait-until.ts';

const pollMs = 1_000;

/** Light load for a while: everything must be answered, by this version. */
async function checkServes(
  report: Report,
  when: string,
  gateway: GatewayProcess,
  expected: ExpectedAnswers,
  version: string,
): Promise<void> {
  const questions = expected.questions('iris');
  const load = new CheckedLoad({ origin: gateway.origin, questions, connections: 2, pauseMs: 2 });
  await sleep(pollMs * 3);
  await load.stop();
  const isRight = load.answered > 0 && load.failed + load.wrong === 0 && load.version === version;
  report.check(
    `${when}: ${load.answered} answers, all of version ${version} and right`,
    isRight,
    load.problems,
  );
  report.check(`${when}: /readyz is 200`, await gateway.isReady());
}

await runPart('registry outage', async (report, directory) => {
  const registry = await MlflowServer.create({ directory: join(directory, 'mlflow'), major: '3' });
  const expected = await ExpectedAnswers.read(await registry.register());
  await registry.admin.moveStage('iris', '1');
  const environment = {
    ...registry.gatewayEnvironment,
    SWITCHYARD_MODELS: 'models:/iris/Production',
    SWITCHYARD_POLL_INTERVAL_MS: String(pollMs),
  };
  const options = { directory: join(directory, 'gateway'), environment };

  let gateway = await GatewayProcess.start(options);
  await gateway.waitUntilReady();
  await checkServes(report, 'registry up', gateway, expected, '1');

  await registry.stop();
  await checkServes(report, 'registry stopped', gateway, expected, '1');
  report.check('the outage is counted', (await gateway.metric('switchyard_registry_errors_total')) > 0);

  report.check('SIGTERM during the outage ends it with exit code 0', (await gateway.stop()) === 0);
  gateway = await GatewayProcess.start(options);
  report.note(
    `restarted without the registry: ready after ${(await gateway.waitUntilReady()).toFixed(0)} ms`,
  );
  await checkServes(report, 'restarted without the registry', gateway, expected, '1');
  await gateway.kill();
  gateway = await GatewayProcess.start(options);
  await gateway.waitUntilReady();
  await checkServes(report, 'killed and restarted without the registry', gateway, expected, '1');

  const fresh = await GatewayProcess.start({ directory: join(directory, 'empty-cache'), environment });
  await sleep(2_000);
  const live = await fetch(`${fresh.origin}/livez`);
  report.check('with an empty cache it is live', live.status === 200, live.status);
  report.check('with an empty cache it is not ready', !(await fresh.isReady()));

  await registry.start();
  await registry.admin.moveStage('iris', '2');
  const backAt = performance.now();
  const isFollowing = async () => (await gateway.status('iris')).current?.version === '2';
  await waitUntil('the registry is followed again', 30_000, isFollowing);
  const tookMs = performance.now() - backAt;
  // Two polls with their jitter, then the load of a version that was never there.
  const allowedMs = pollMs * 2 * 1.1 + 1_500;
  report.check(`followed again after ${tookMs.toFixed(0)} ms (at most ${allowedMs})`, tookMs <= allowedMs);
  await checkServes(report, 'registry back', gateway, expected, '2');
  await fresh.waitUntilReady();
  await checkServes(report, 'registry back, empty cache', fresh, expected, '2');

  for (const stopped of [gateway, fresh]) {
    report.check('SIGTERM ends it with exit code 0', (await stopped.stop()) === 0);
  }
  if (report.hasFailures) {
    report.note(gateway.process.logTail(60));
  }
  await registry.stop();
});
