/**
 * Two processes on one port follow a real MLflow server: promotion, an operator's rollback, rollback by the pointer, and
 * an outage through which one of them dies and the whole is started anew.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { irisQuestions } from '../../bench/scenarios/swaps.ts';
import { CheckedLoad } from './checked-load.ts';
import { GatewayProcess } from './gateway-process.ts';
import { servingProcesses } from './group-log.ts';
import { MlflowServer } from './mlflow-server.ts';
import { type Report, runPart } from './report.ts';
import { fixtureFiles, uploadVersion } from './uploaded-version.ts';
import { waitUntil } from './wait-until.ts';

const pollMs = 500;
const connections = 8;
const patienceMs = 20_000;

interface Stage {
  readonly report: Report;
  readonly registry: MlflowServer;
  readonly gateway: GatewayProcess;
}

/** Load whose connections each tell which versions they have met, one after the other. */
async function startLoad({ gateway }: Stage) {
  const met = Array.from({ length: connections }, () => [] as string[]);
  const load = new CheckedLoad({
    origin: gateway.origin,
    questions: await irisQuestions(),
    connections,
    pauseMs: 5,
    onAnswer: ({ connection, version }) => {
      const own = met[connection]!;
      if (own.at(-1) !== version) own.push(version);
    },
  });
  const untilAllMeet = (version: string) =>
    waitUntil(`every connection is answered by version ${version}`, patienceMs, async () =>
      met.every((own) => own.at(-1) === version),
    );
  return { load, met, untilAllMeet };
}

async function checkMoves(stage: Stage): Promise<void> {
  const { report, registry, gateway } = stage;
  const { load, met, untilAllMeet } = await startLoad(stage);
  await untilAllMeet('1');
  await registry.admin.moveStage('iris', '2');
  await untilAllMeet('2');

  const rollback = await gateway.operate('POST', '/models/iris/rollback');
  report.check('rollback is 200', rollback.status === 200, await rollback.text());
  await untilAllMeet('1');
  await sleep(pollMs * 3);
  const release = await gateway.operate('DELETE', '/models/iris/pin');
  report.check('releasing it is 200 or 202', [200, 202].includes(release.status), await release.text());
  await untilAllMeet('2');

  await registry.admin.moveStage('iris', '1');
  await untilAllMeet('1');
  await load.stop();
  const isRight = load.failed + load.wrong === 0 && met.every((own) => own.join() === '1,2,1,2,1');
  report.check(
    `${load.answered} answers through promotion, rollback, release and rollback by the pointer: none failed, none wrong, each connection met each version in turn`,
    isRight,
    { problems: load.problems, met },
  );
}

async function checkOutage(stage: Stage): Promise<void> {
  const { report, registry, gateway } = stage;
  const { load } = await startLoad(stage);
  await registry.stop();
  const errors = () => gateway.metric('switchyard_registry_errors_total');
  await waitUntil('polls fail', patienceMs, async () => (await errors()) >= 2);
  report.check('an outage fails no request', load.failed + load.wrong === 0, load.problems);

  const [victim] = await servingProcesses(gateway);
  process.kill(victim!, 'SIGKILL');
  await waitUntil('another process answers during the outage', patienceMs, async () => {
    const serving = await servingProcesses(gateway);
    return serving.length === 2 && !serving.includes(victim!);
  });
  const cutOff = load.failed;
  await sleep(1_000);
  await load.stop();
  report.check(
    `a process killed during the outage is replaced, and takes no more than its connections' requests with it (${cutOff})`,
    cutOff <= connections && load.failed === cutOff && load.wrong === 0,
    load.problems,
  );
  report.check('SIGTERM during the outage ends the group with exit code 0', (await gateway.stop()) === 0);
  report.check('no process is left', !gateway.process.hasLivingGroup());
}

async function checkReturn(stage: Stage): Promise<void> {
  const { report, registry, gateway } = stage;
  const readyMs = await gateway.waitUntilReady();
  report.note(`restarted during the outage: ready after ${readyMs.toFixed(0)} ms`);
  const { load, untilAllMeet, met } = await startLoad(stage);
  await untilAllMeet('1');
  await registry.start();
  await registry.admin.moveStage('iris', '2');
  await untilAllMeet('2');
  await load.stop();
  const isRight = load.failed + load.wrong === 0 && met.every((own) => own.join() === '1,2');
  report.check('the registry is followed again, without a failed request', isRight, load.problems);
}

await runPart('several processes with MLflow', async (report, directory) => {
  const registry = await MlflowServer.create({ directory: join(directory, 'mlflow'), major: '3' });
  await registry.admin.createModel('iris');
  for (const version of ['1', '2']) {
    await uploadVersion(registry.admin, 'iris', await fixtureFiles('iris', version));
  }
  await registry.admin.moveStage('iris', '1');
  const options = {
    directory: join(directory, 'gateway'),
    environment: {
      ...registry.gatewayEnvironment,
      SWITCHYARD_MODELS: 'models:/iris/Production',
      SWITCHYARD_DEFAULT_MODEL: 'iris',
      SWITCHYARD_POLL_INTERVAL_MS: String(pollMs),
      SWITCHYARD_PROCESSES: '2',
    },
  };
  const gateway = await GatewayProcess.start(options);
  report.note(`ready after ${(await gateway.waitUntilReady()).toFixed(0)} ms, cold cache`);
  await checkMoves({ report, registry, gateway });
  await checkOutage({ report, registry, gateway });

  const again = await GatewayProcess.start({ ...options, port: gateway.port });
  await checkReturn({ report, registry, gateway: again });
  report.check(
    'SIGTERM ends the group with exit code 0',
    (await again.stop()) === 0,
    again.process.logTail(),
  );
  if (report.hasFailures) report.note(again.process.logTail(60));
  await registry.stop();
});
