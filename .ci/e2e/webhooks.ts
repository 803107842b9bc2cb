/**
 * MLflow 3 tells one gateway, and a group of processes, of moved aliases by webhooks that the command has registered: what
 * that gains on the poll, which deliveries are refused, and that the gateway's own tags are no news to it.
 */
import { createHmac } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { GatewayProcess } from './gateway-process.ts';
import { MlflowServer } from './mlflow-server.ts';
import { type Delivery, RecordedDeliveries } from './recorded-deliveries.ts';
import { type Report, runPart } from './report.ts';
import { runSwitchyard } from './switchyard-command.ts';
import { fixtureFiles, uploadVersion, withAnotherColumn } from './uploaded-version.ts';
import { waitUntil } from './wait-until.ts';

const secret = 'signs-the-deliveries-of-this-test';
const moves = 5;
const pollMs = 5_000;
/** Reads that hints cause begin at least a second apart. */
const apartMs = 1_100;
/** The delivery, one poll of SQLite and the swap to a version that is warm, with everything on the same cores. */
const hintedMs = 2_000;
/** The same with a load, after one more read. */
const allowedMs = 3_000;
/** For how long MLflow believes what it knows of its webhooks, in seconds; a minute by default. */
const cacheSeconds = 1;

interface Stage {
  readonly report: Report;
  readonly registry: MlflowServer;
  readonly gateway: GatewayProcess;
}

async function startRegistry(directory: string): Promise<MlflowServer> {
  const registry = await MlflowServer.create({
    directory,
    major: '3',
    environment: {
      // A Fernet key: 32 bytes, in the alphabet of URLs.
      MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY: Buffer.alloc(32, 'k').toString('base64'),
      MLFLOW_WEBHOOK_ALLOWED_SCHEMES: 'http,https',
      MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS: 'true',
      MLFLOW_WEBHOOK_CACHE_TTL: String(cacheSeconds),
    },
  });
  await registry.admin.createModel('iris');
  for (const version of ['1', '2']) {
    await uploadVersion(registry.admin, 'iris', await fixtureFiles('iris', version));
  }
  await registry.admin.moveAlias('iris', 'champion', '1');
  await registry.admin.moveStage('iris', '1');
  return registry;
}

async function startGateway(
  registry: MlflowServer,
  directory: string,
  processes: number,
): Promise<GatewayProcess> {
  const gateway = await GatewayProcess.start({
    directory,
    environment: {
      ...registry.gatewayEnvironment,
      SWITCHYARD_MODELS: 'models:/iris@champion,by-stage=models:/iris/Production',
      SWITCHYARD_POLL_INTERVAL_MS: String(pollMs),
      SWITCHYARD_PROCESSES: String(processes),
      SWITCHYARD_WEBHOOK_SECRET: secret,
      SWITCHYARD_VERDICT_TAGS: 'true',
    },
  });
  await gateway.waitUntilReady();
  return gateway;
}

async function answeringVersion(gateway: GatewayProcess, route = 'iris'): Promise<string | null> {
  const response = await fetch(`${gateway.origin}/models/${route}/predict`, {
    method: 'POST',
    body: '{"features":[5.1,3.5,1.4,0.2]}',
  });
  await response.text();
  return response.headers.get('x-model-version');
}

/** Moves the alias to and fro. @returns ms from each request to MLflow to the first answer of the version */
async function moveAlias({ registry, gateway }: Stage, count: number, pauseMs: (move: number) => number) {
  const took: number[] = [];
  for (let move = 0; move < count; move += 1) {
    const version = (await answeringVersion(gateway)) === '1' ? '2' : '1';
    const startedAt = performance.now();
    await registry.admin.moveAlias('iris', 'champion', version);
    const isLive = async () => (await answeringVersion(gateway)) === version;
    await waitUntil(`version ${version} answers`, 20_000, isLive, 5);
    took.push(performance.now() - startedAt);
    await sleep(pauseMs(move));
  }
  return took;
}

function describe(figures: readonly number[]): string {
  const sorted = figures.toSorted((a, b) => a - b);
  const median = ((sorted[(sorted.length - 1) >> 1] ?? 0) + (sorted[sorted.length >> 1] ?? 0)) / 2;
  return `median ${median.toFixed(0)} ms, at most ${(sorted.at(-1) ?? 0).toFixed(0)} ms (${sorted.length} moves)`;
}

const deliveries = (gateway: GatewayProcess, outcome: string) =>
  gateway.series(`switchyard_webhook_deliveries_total{outcome="${outcome}"}`);

async function command({ report, registry }: Stage, claim: string, says: RegExp, ...parameters: string[]) {
  const environment = { ...registry.gatewayEnvironment, HOME: '/', SWITCHYARD_WEBHOOK_SECRET: secret };
  const { code, output } = await runSwitchyard(['webhook', ...parameters], environment);
  report.check(claim, code === 0 && says.test(output) && !output.includes(secret), `${code}: ${output}`);
  return output;
}

async function post(
  gateway: GatewayProcess,
  { headers, body }: Pick<Delivery, 'headers' | 'body'>,
): Promise<string> {
  const response = await fetch(`${gateway.origin}/webhooks/mlflow`, {
    method: 'POST',
    headers: { ...headers, connection: 'close' },
    body,
  });
  const answer = (await response.json()) as { readonly status: string; readonly code?: string };
  return `${response.status} ${answer.code ?? answer.status}`;
}

function signedAt(delivery: Delivery, timestamp: number, id: string): Pick<Delivery, 'headers' | 'body'> {
  const { body } = delivery;
  const signature = createHmac('sha256', secret).update(`${id}.${timestamp}.${body}`).digest('base64');
  const headers = {
    'x-mlflow-delivery-id': id,
    'x-mlflow-timestamp': String(timestamp),
    'x-mlflow-signature': `v1,${signature}`,
  };
  return { headers, body };
}

async function checkDeliveries({ report, gateway }: Stage, recorded: RecordedDeliveries): Promise<void> {
  const [moved] = recorded.of('model_version_alias.created').slice(-1);
  const [tagged] = recorded.of('model_version_tag.set');
  if (moved === undefined || tagged === undefined) throw new Error('MLflow delivered too little');
  const before = await Promise.all(['accepted', 'duplicate'].map((outcome) => deliveries(gateway, outcome)));
  const answers = await Promise.all(Array.from({ length: 20 }, () => post(gateway, moved)));
  const accepted = answers.filter((answer) => answer === '200 accepted').length;
  const duplicates = answers.filter((answer) => answer === '200 duplicate').length;
  report.check('a delivery sent 20 times counts once', accepted === 1 && duplicates === 19, answers);
  const after = await Promise.all(['accepted', 'duplicate'].map((outcome) => deliveries(gateway, outcome)));
  const counted = after.map((value, index) => value - (before[index] ?? 0));
  report.check('and is counted so by all processes together', String(counted) === '1,19', counted);

  const now = Math.floor(Date.now() / 1_000);
  const tampered = { ...moved, body: moved.body.replace('champion', 'Champion') };
  const unsigned = { headers: { ...moved.headers, 'x-mlflow-signature': '' }, body: moved.body };
  const refused = [
    ['a body that was changed', tampered],
    ['no signature', unsigned],
    ['a timestamp of 310 s ago', signedAt(moved, now - 310, 'old')],
    ['a timestamp 310 s ahead', signedAt(moved, now + 310, 'new')],
  ] as const;
  for (const [what, delivery] of refused) {
    const answer = await post(gateway, delivery);
    report.check(`${what} is 401`, answer === '401 UNAUTHENTICATED', answer);
  }
  const old = await post(gateway, signedAt(moved, now - 290, 'not-too-old'));
  report.check('a timestamp of 290 s ago is taken', old === '200 accepted', old);
  const tag = await post(gateway, tagged);
  report.check("the event of one of the gateway's own tags is ignored", tag === '200 ignored', tag);
}

async function checkOneGateway(stage: Stage, recorded: RecordedDeliveries): Promise<void> {
  const { report, registry, gateway } = stage;
  // A move becomes live with a poll: these pauses spread the next moves evenly over the time between two polls.
  const pauseMs = (move: number) => ((move + 0.5) / moves) * pollMs;
  const [first = 0] = await moveAlias(stage, 1, () => pauseMs(moves - 1));
  const polled = await moveAlias(stage, moves, (move) => (move === moves - 1 ? 0 : pauseMs(move)));
  report.note(
    `alias moved, 5 s poll, no webhook: ${describe(polled)}; the first with download and trial ${first.toFixed(0)} ms`,
  );
  report.check('nothing was delivered', (await deliveries(gateway, 'accepted')) === 0);

  await command(
    stage,
    'create registers the webhook',
    /^created webhook \S+ \("switchyard"\)/,
    'create',
    gateway.origin,
  );
  await command(stage, 'a second create finds it', /led there already/, 'create', gateway.origin);
  const everything = [
    '--events',
    'model_version_tag.set,model_version_tag.deleted,model_version_alias.created',
  ];
  await command(stage, 'another URL and other events', /created/, 'create', recorded.origin, ...everything);
  const listed = await command(stage, 'list shows both', /switchyard +active/, 'list');
  report.check('and nothing else', listed.split('\n').length === 3, listed);
  await command(
    stage,
    'test reaches the gateway',
    /the gateway there knows its signature/,
    'test',
    gateway.origin,
  );
  await sleep(cacheSeconds * 1_000 + 200);

  const acceptedBefore = await deliveries(gateway, 'accepted');
  const hinted = await moveAlias(stage, moves, () => apartMs);
  report.note(`alias moved, 5 s poll, webhook: ${describe(hinted)}`);
  report.check(`every move is live within ${hintedMs} ms`, Math.max(...hinted) <= hintedMs, hinted);
  const accepted = (await deliveries(gateway, 'accepted')) - acceptedBefore;
  report.check(`each move was one hint (${accepted})`, accepted === moves);

  const startedAt = performance.now();
  await registry.admin.moveStage('iris', '2');
  await waitUntil(
    'the stage is followed',
    20_000,
    async () => (await answeringVersion(gateway, 'by-stage')) === '2',
  );
  report.note(`stage moved, of which MLflow tells nothing: ${(performance.now() - startedAt).toFixed(0)} ms`);

  await checkOwnTags(stage, recorded);
  await checkAllowed(stage);
  await checkDeliveries(stage, recorded);
}

/** Every verdict is four tags, whose events MLflow delivers here on purpose: the gateway must not react to them. */
async function checkOwnTags(stage: Stage, recorded: RecordedDeliveries): Promise<void> {
  const { report, gateway } = stage;
  const events = 'model_version_tag.set,model_version_alias.created';
  await command(
    stage,
    'create with events of tags',
    /led there already/,
    'create',
    gateway.origin,
    '--events',
    events,
  );
  await sleep(cacheSeconds * 1_000 + 200);
  const count = async () => ({
    ignored: await deliveries(gateway, 'ignored'),
    accepted: await deliveries(gateway, 'accepted'),
    written: await gateway.series('switchyard_verdict_tags_total{outcome="written"}'),
    tags: recorded.of('model_version_tag.set').length,
  });
  const before = await count();
  await moveAlias(stage, 1, () => 0);
  // Verdicts settle for half a second and up to a poll.
  await waitUntil(
    'both verdicts are written',
    15_000,
    async () => (await count()).written >= before.written + 2,
    100,
  );
  await sleep(2_000);
  const after = await count();
  const tags = after.tags - before.tags;
  report.check(
    `MLflow told the gateway of its ${tags} tags, which it ignored`,
    tags >= 2 && after.ignored - before.ignored === tags,
    { before, after },
  );
  report.check('one move stays one hint', after.accepted - before.accepted === 1, { before, after });
  report.check('and two verdicts', after.written - before.written === 2, { before, after });
}

/** A version that an alias names is remembered for a minute, its tags too; the event of its tag ends that. */
async function checkAllowed({ report, registry, gateway }: Stage): Promise<void> {
  const files = withAnotherColumn(await fixtureFiles('iris', '1'));
  const version = await uploadVersion(registry.admin, 'iris', files);
  await registry.admin.moveAlias('iris', 'champion', version);
  const isRejected = async () => (await gateway.status('iris')).lastError?.code === 'SIGNATURE_INCOMPATIBLE';
  await waitUntil('a version with another signature is rejected', 20_000, isRejected);
  await sleep(apartMs);
  const startedAt = performance.now();
  await registry.admin.setVersionTag('iris', version, 'switchyard.allow_breaking', 'true');
  const isLive = async () => (await gateway.status('iris')).current?.version === version;
  await waitUntil('it serves once it is allowed', 20_000, isLive, 5);
  const tookMs = performance.now() - startedAt;
  report.check(
    `a rejected version serves ${tookMs.toFixed(0)} ms after its tag allows it`,
    tookMs <= allowedMs,
  );
  await registry.admin.moveAlias('iris', 'champion', '1');
  const isBack = async () => (await answeringVersion(gateway)) === '1';
  await waitUntil('version 1 answers again', 20_000, isBack);
  await sleep(apartMs);
}

async function checkGroup(stage: Stage, recorded: RecordedDeliveries): Promise<void> {
  const { report, gateway } = stage;
  await command(
    stage,
    'create registers the group, too',
    /^created/,
    'create',
    gateway.origin,
    '--name',
    'group',
  );
  await sleep(cacheSeconds * 1_000 + 200);
  await moveAlias(stage, 1, () => apartMs);
  const hinted = await moveAlias(stage, moves, () => apartMs);
  report.note(`alias moved, 5 s poll, webhook, two processes: ${describe(hinted)}`);
  report.check(
    `two processes: every move is live within ${hintedMs} ms`,
    Math.max(...hinted) <= hintedMs,
    hinted,
  );
  await checkDeliveries(stage, recorded);
}

await runPart('webhooks', async (report, directory) => {
  const registry = await startRegistry(join(directory, 'mlflow'));
  const recorded = await RecordedDeliveries.start();
  const gateway = await startGateway(registry, join(directory, 'gateway'), 1);
  const stage = { report, registry, gateway };
  await checkOneGateway(stage, recorded);
  await command(stage, 'delete takes it away', /^deleted webhook \S+/, 'delete', gateway.origin);
  report.check('SIGTERM ends it with exit code 0', (await gateway.stop()) === 0, gateway.process.logTail());

  const group = await startGateway(registry, join(directory, 'group'), 2);
  await checkGroup({ report, registry, gateway: group }, recorded);
  report.check(
    'SIGTERM ends the group with exit code 0',
    (await group.stop()) === 0,
    group.process.logTail(),
  );
  if (report.hasFailures) report.note(`${gateway.process.logTail(30)}\n${group.process.logTail(30)}`);
  await recorded.stop();
  await registry.stop();
});
