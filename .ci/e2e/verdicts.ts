/**
 * The gateway tells a real MLflow server with accounts by tags what became of each version, as soon as it may; with an
 * account that may only read nothing is worse for it.
 *
 *   node .ci/e2e/verdicts.ts [--mlflow 2|3]
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { GatewayProcess } from './gateway-process.ts';
import type { MlflowMajor } from './mlflow-admin.ts';
import { MlflowServer, reader } from './mlflow-server.ts';
import { type Report, runPart } from './report.ts';
import { runSwitchyard } from './switchyard-command.ts';
import { fixtureFiles, uploadVersion, withAnotherColumn } from './uploaded-version.ts';
import { waitUntil } from './wait-until.ts';

const { values } = parseArgs({ options: { mlflow: { type: 'string', default: '3' } } });
const major = values.mlflow as MlflowMajor;
/** Twelve of them are between two tries to write what was refused. */
const pollMs = 500;
/** MLflow hashes the password anew for each request, which takes a good part of a second of a busy processor. */
const patienceMs = 60_000;
const statuses = ['status', 'reason', 'digest', 'served_at'].map((key) => `switchyard.${key}`);

interface Stage {
  readonly report: Report;
  readonly registry: MlflowServer;
  readonly gateway: GatewayProcess;
}

type Tags = Readonly<Record<string, string>>;

/** Versions 1 and 2 serve, 3 is damaged, 4 would break clients. */
async function registerVersions({ admin }: MlflowServer): Promise<void> {
  await admin.createModel('iris');
  const [first, second] = [await fixtureFiles('iris', '1'), await fixtureFiles('iris', '2')];
  const damaged = { ...first, 'model.onnx': Buffer.from(first['model.onnx'].subarray(0, 1_000)) };
  for (const files of [first, second, damaged, withAnotherColumn(first)]) {
    await uploadVersion(admin, 'iris', files);
  }
  await admin.moveStage('iris', '1');
}

const told = (gateway: GatewayProcess, outcome: string) =>
  gateway.series(`switchyard_verdict_tags_total{outcome="${outcome}"}`);

async function untilServing({ registry, gateway }: Stage, version: string): Promise<void> {
  await registry.admin.moveStage('iris', version);
  const isServing = async () => (await gateway.status('iris')).current?.version === version;
  await waitUntil(`version ${version} serves`, patienceMs, isServing);
}

/** Waits until the tags of a version say this. @returns them */
async function untilTagged({ registry }: Stage, version: string, status: string): Promise<Tags> {
  return waitUntil(
    `version ${version} is tagged ${status}`,
    patienceMs,
    async () => {
      const tags = await registry.admin.versionTags('iris', version);
      return tags['switchyard.status'] === status && tags;
    },
    100,
  );
}

async function warnings({ gateway }: Stage): Promise<readonly string[]> {
  const log = await readFile(gateway.process.logFile, 'utf8');
  return log.split('\n').filter((line) => line.includes('"level":"warn"'));
}

async function checkReader(stage: Stage): Promise<void> {
  const { report, registry, gateway } = stage;
  await waitUntil('a verdict is refused', patienceMs, async () => (await told(gateway, 'forbidden')) > 0);
  await untilServing(stage, '2');
  await waitUntil('more are refused', patienceMs, async () => (await told(gateway, 'forbidden')) >= 3);
  const said = await warnings(stage);
  const isOne = said.length === 1 && /grant EDIT on the model/.test(said[0] ?? '');
  report.check('with READ there is one warning, which says what to grant', isOne, said);
  const tags = [await registry.admin.versionTags('iris', '1'), await registry.admin.versionTags('iris', '2')];
  report.check(
    'no tag is set',
    tags.every((each) => Object.keys(each).length === 0),
    tags,
  );
  const { lastError } = await gateway.status('iris');
  report.check(
    'the gateway is ready, without an error',
    lastError === null && (await gateway.isReady()),
    lastError,
  );
  report.check('no poll fails of it', (await gateway.metric('switchyard_registry_errors_total')) === 0);

  await registry.admin.grant(reader, { kind: 'registered_model', name: 'iris' }, 'EDIT');
  const grantedAt = performance.now();
  await untilTagged(stage, '2', 'live');
  await untilTagged(stage, '1', 'previous');
  report.note(
    `written ${(performance.now() - grantedAt).toFixed(0)} ms after EDIT was granted, polls every ${pollMs} ms`,
  );
}

async function checkVerdicts(stage: Stage): Promise<void> {
  const { report, registry, gateway } = stage;
  const live = await untilTagged(stage, '2', 'live');
  const { current } = await gateway.status('iris');
  const hasAll = Object.keys(live).sort().join() === statuses.toSorted().join();
  report.check('live: four tags, and no other', hasAll, live);
  report.check('its digest is that of the status', live['switchyard.digest'] === current?.digest, live);
  const age = Date.now() - Date.parse(live['switchyard.served_at'] ?? '');
  report.check('it says since when', age > 0 && age < 600_000, live);
  report.check(
    'it says where, and by whom',
    live['switchyard.reason'] === 'serves as "iris" (gateway "e2e")',
    live,
  );
  const previous = await untilTagged(stage, '1', 'previous');
  report.check(
    'previous: it says what took its place',
    /^version 2 took its place/.test(previous['switchyard.reason'] ?? ''),
    previous,
  );

  await registry.admin.moveStage('iris', '3');
  const failed = await untilTagged(stage, '3', 'failed');
  const isFailed =
    /INVALID_MODEL/.test(failed['switchyard.reason'] ?? '') && !('switchyard.digest' in failed);
  report.check('failed: it says why', isFailed, failed);
  await registry.admin.moveStage('iris', '4');
  const rejected = await untilTagged(stage, '4', 'rejected');
  report.check(
    'rejected: it says why',
    /colour.*SIGNATURE_INCOMPATIBLE/.test(rejected['switchyard.reason'] ?? ''),
    rejected,
  );
  const still = await registry.admin.versionTags('iris', '2');
  report.check(
    'what serves meanwhile stays live, since then',
    String(Object.entries(still)) === String(Object.entries(live)),
    still,
  );

  await untilServing(stage, '1');
  await untilTagged(stage, '1', 'live');
  await untilTagged(stage, '2', 'previous');
  await registry.admin.setVersionTag('iris', '4', 'switchyard.allow_breaking', 'true');
  await untilServing(stage, '4');
  const allowed = await untilTagged(stage, '4', 'live');
  report.check(
    'a rejected version that is allowed becomes live; the tag that allowed it stays',
    allowed['switchyard.allow_breaking'] === 'true',
    allowed,
  );
  await untilTagged(stage, '1', 'previous');
}

/** The webhook command against accounts: only administrators, and only from 3.3 on. */
async function checkWebhookCommand({ report, registry }: Stage): Promise<void> {
  const { code, output } = await runSwitchyard(['webhook', 'list'], {
    ...registry.gatewayEnvironment,
    HOME: '/',
  });
  const says = major === '3' ? /lets only administrators/ : /has no webhooks, which came with MLflow 3\.3/;
  report.check('"switchyard webhook" says why it cannot', code === 1 && says.test(output), output);
}

await runPart(`verdicts, MLflow ${major} with basic auth`, async (report, directory) => {
  const registry = await MlflowServer.create({
    directory: join(directory, 'mlflow'),
    major,
    auth: { defaultPermission: 'READ' },
  });
  await registerVersions(registry);
  const options = {
    directory: join(directory, 'gateway'),
    environment: {
      ...registry.gatewayEnvironment,
      SWITCHYARD_MODELS: 'models:/iris/Production',
      SWITCHYARD_POLL_INTERVAL_MS: String(pollMs),
      SWITCHYARD_VERDICT_TAGS: 'true',
      SWITCHYARD_GATEWAY_NAME: 'e2e',
    },
  };
  const gateway = await GatewayProcess.start(options);
  await gateway.waitUntilReady();
  const stage = { report, registry, gateway };
  await checkReader(stage);
  await checkVerdicts(stage);
  await checkWebhookCommand(stage);
  const before = await registry.admin.versionTags('iris', '4');
  report.check('SIGTERM ends it with exit code 0', (await gateway.stop()) === 0, gateway.process.logTail());

  const again = await GatewayProcess.start(options);
  await again.waitUntilReady();
  await waitUntil('the verdict is found said', patienceMs, async () => (await told(again, 'unchanged')) > 0);
  await sleep(pollMs);
  report.check('a restart writes nothing', (await told(again, 'written')) === 0);
  const after = await registry.admin.versionTags('iris', '4');
  report.check('and changes nothing', JSON.stringify(after) === JSON.stringify(before), { before, after });
  report.check('SIGTERM ends it with exit code 0', (await again.stop()) === 0, again.process.logTail());
  if (report.hasFailures) report.note(again.process.logTail(60));
  await registry.stop();
});
