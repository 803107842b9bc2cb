/**
 * `kill -9` of a real MLflow server, idle and in the middle of a download, and a new start on the same port: what serves
 * goes on, and the version that is wanted comes.
 *
 *   node .ci/e2e/server-killed.ts [--mlflow 2|3]   default 3
 */
import { globSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { irisQuestions } from '../../bench/scenarios/swaps.ts';
import { CheckedLoad } from './checked-load.ts';
import { GatewayProcess } from './gateway-process.ts';
import { MlflowServer } from './mlflow-server.ts';
import { type Report, runPart } from './report.ts';
import { type ServedTimes, untilServed } from './until-served.ts';
import { fixtureFiles, uploadVersion } from './uploaded-version.ts';
import { waitUntil } from './wait-until.ts';

const { values } = parseArgs({ options: { mlflow: { type: 'string', default: '3' } } });
const major = values.mlflow === '2' ? '2' : '3';
const pollMs = 500;
/** Takes some tenths of a second to download, so that it can be cut. */
const paddingBytes = 150_000_000;
const cutAfterBytes = 4_000_000;
/** Two polls with their jitter, and what a server that has just started takes for its first answers. */
const noticedMs = pollMs * 2 * 1.1 + 3_000;

interface Stage {
  readonly report: Report;
  readonly registry: MlflowServer;
  readonly gateway: GatewayProcess;
  /** Of the gateway. */
  readonly directory: string;
}

function checkTimes(report: Report, since: string, version: string, times: ServedTimes): void {
  const [noticed, served] = [times.noticedMs.toFixed(0), times.servedMs.toFixed(0)];
  report.check(
    `version ${version} is loaded ${noticed} ms after ${since} (at most ${noticedMs}), and serves after ${served} ms`,
    times.noticedMs <= noticedMs && times.servedMs < Number.POSITIVE_INFINITY,
  );
}

async function upload(registry: MlflowServer, version: string, padding: number): Promise<void> {
  const files = await fixtureFiles('iris', Number(version) % 2 === 1 ? '1' : '2');
  const padded = padding === 0 ? files : { ...files, 'padding.bin': Buffer.alloc(padding, version) };
  const given = await uploadVersion(registry.admin, 'iris', padded);
  if (given !== version) throw new Error(`version ${given} was made in place of ${version}`);
}

async function killIdle({ report, registry, gateway }: Stage): Promise<void> {
  await upload(registry, '2', 0);
  await registry.kill();
  const isTold = async () => (await gateway.status('iris')).lastError ?? false;
  const error = await waitUntil('the status tells it', 5_000, isTold);
  report.note(`killed while idle: ${error.code}: ${error.message}`);
  report.check('the status tells it', error.code === 'REGISTRY_UNAVAILABLE', error);
  report.check('a metric tells it', (await gateway.metric('switchyard_model_error')) === 1);
  await sleep(pollMs * 6);
  await registry.start();
  await registry.admin.moveStage('iris', '2');
  checkTimes(report, 'its promotion', '2', await untilServed(gateway, '2', 30_000));
}

/** Bytes of the padding that the gateway has by now. */
function receivedBytes(directory: string): number {
  const [file] = globSync(join(directory, 'cache', 'tmp', '*', 'download-*', '**', 'padding.bin'));
  return file === undefined ? 0 : (statSync(file, { throwIfNoEntry: false })?.size ?? 0);
}

async function killInDownload({ report, registry, gateway, directory }: Stage): Promise<void> {
  await upload(registry, '3', paddingBytes);
  await registry.admin.moveStage('iris', '3');
  await waitUntil('it downloads', 20_000, async () => receivedBytes(directory) >= cutAfterBytes, 1);
  await registry.kill();
  const received = receivedBytes(directory);
  report.check(
    `killed after ${(received / 1e6).toFixed(0)} of ${paddingBytes / 1e6} MB`,
    received > 0 && received < paddingBytes,
    String(received),
  );
  await sleep(pollMs * 4);
  const { current, loading, lastError } = await gateway.status('iris');
  report.check('version 2 serves on', current?.version === '2', current);
  report.note(
    `meanwhile: loading ${loading?.version ?? 'nothing'}, ${lastError?.code}: ${lastError?.message}`,
  );
  await registry.start();
  // If the download did not outlast the outage, it is retried at once, not when its next attempt would be due.
  checkTimes(report, 'the server answers again', '3', await untilServed(gateway, '3', 60_000));
  const lines = gateway.process.logTail(40).split('\n');
  for (const line of lines.filter((text) => /"cache-note"|"download"/.test(text))) {
    report.note((JSON.parse(line) as { msg: string }).msg);
  }
}

await runPart(`server killed, MLflow ${major}`, async (report, directory) => {
  const registry = await MlflowServer.create({ directory: join(directory, 'mlflow'), major });
  await registry.admin.createModel('iris');
  await upload(registry, '1', 0);
  await registry.admin.moveStage('iris', '1');
  const gatewayDirectory = join(directory, 'gateway');
  const gateway = await GatewayProcess.start({
    directory: gatewayDirectory,
    environment: {
      ...registry.gatewayEnvironment,
      SWITCHYARD_MODELS: 'models:/iris/Production',
      SWITCHYARD_POLL_INTERVAL_MS: String(pollMs),
    },
  });
  await gateway.waitUntilReady();
  const { origin } = gateway;
  const load = new CheckedLoad({ origin, questions: await irisQuestions(), connections: 2, pauseMs: 5 });
  const stage = { report, registry, gateway, directory: gatewayDirectory };
  await killIdle(stage);
  await killInDownload(stage);
  await waitUntil('a request is answered by version 3', 5_000, async () => load.version === '3');
  await load.stop();
  report.check(
    `${load.answered} answers, all right, at last of version 3`,
    load.failed + load.wrong === 0 && load.version === '3',
    load.problems,
  );
  report.check('SIGTERM ends it with exit code 0', (await gateway.stop()) === 0, gateway.process.logTail());
  if (report.hasFailures) report.note(gateway.process.logTail(60));
  await registry.stop();
});
