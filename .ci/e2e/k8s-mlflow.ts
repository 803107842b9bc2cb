/** The manifests of k8s/mlflow, really run: from empty stores to an answer of the gateway. Started by k8s-mlflow.sh. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { readImage } from './container.ts';
import { ExpectedAnswers } from './expected-answers.ts';
import { checkout, GatewayProcess } from './gateway-process.ts';
import { Manifests } from './manifests.ts';
import { MlflowAdmin } from './mlflow-admin.ts';
import { MlflowInstallation } from './mlflow-installation.ts';
import { type Report, runPart } from './report.ts';
import { waitUntil } from './wait-until.ts';

const run = promisify(execFile);
const folder = join(checkout, 'k8s', 'mlflow');
const ci = join(checkout, '.ci');
const tracking = 'http://mlflow:5000';

await runPart('k8s/mlflow', async (report, directory) => {
  const secrets = await run(join(folder, 'make-secrets.sh'));
  const texts = Manifests.textsIn(join(checkout, 'k8s', 'gateway'), folder);
  const manifests = new Manifests([...texts, secrets.stdout]);
  await checkKustomize(report, manifests, secrets.stdout);
  await checkPins(report);
  const mlflowVenv = await venv();
  const image = await readImage(join(folder, 'image', 'Dockerfile'), mlflowVenv);
  const installation = await MlflowInstallation.create({ manifests, image, directory });
  const mlflow = await checkSetup(report, installation);

  const administrator = manifests.data('Secret/mlflow-admin');
  const python = join(mlflowVenv, 'bin', 'python');
  const script = join(ci, 'mlflow', 'train-and-register.py');
  const expected = join(directory, 'expected.json');
  await run(python, [script, 'register', '--expected', expected], {
    cwd: directory,
    env: { ...administrator, MLFLOW_TRACKING_URI: tracking, HOME: directory, DO_NOT_TRACK: 'true' },
  });
  const account = accountOf(administrator);
  const admin = new MlflowAdmin({ uri: tracking, major: '3', account, workspace: null });
  await admin.moveStage('iris', '1');

  const listed = await (
    await fetch('http://mlflow-objects:8333/mlflow?list-type=2&prefix=artifacts/')
  ).text();
  report.check('the models lie in the bucket', listed.includes('/artifacts/model.onnx</Key>'), listed);

  await checkGateway(report, manifests, directory, await ExpectedAnswers.read(expected));
  await checkRights(report, manifests, admin);
  await checkMetrics(report, installation);
  mlflow.signal('SIGTERM');
  report.check('SIGTERM ends MLflow with exit code 0', (await mlflow.exited) === 0, mlflow.logTail());
  await installation.stop();
});

async function venv(): Promise<string> {
  const { stdout } = await run(join(ci, 'venv.sh'), [join(ci, 'mlflow', 'requirements-3.txt')]);
  return stdout.trim();
}

/** Where kubectl is installed: that it makes the same containers of the files as is done here. */
async function checkKustomize(report: Report, manifests: Manifests, secrets: string): Promise<void> {
  const built = await run('kubectl', ['kustomize', folder]).catch((error: { code: unknown }) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (built === null) return report.note('kubectl is not installed: what kustomize makes was not compared');
  const others = new Manifests([built.stdout, secrets]);
  const different = manifests.workloads.filter((workload) => {
    const containers = (of: Manifests) =>
      JSON.stringify(of.containers(workload), (_, value) => sorted(value));
    return containers(manifests) !== containers(others);
  });
  report.check('kubectl kustomize makes the same containers', different.length === 0, different);
}

function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The image gets what is tested here. */
async function checkPins(report: Report): Promise<void> {
  const pinsOf = async (path: string) =>
    (await readFile(path, 'utf8')).split('\n').filter((line) => /^[^#]/.test(line));
  const tested = new Set(await pinsOf(join(ci, 'mlflow', 'requirements-3.txt')));
  const others = (await pinsOf(join(folder, 'image', 'requirements.txt'))).filter((pin) => !tested.has(pin));
  report.check('the image has the versions that are tested', others.length === 0, others);
}

/** @returns MLflow, ready */
async function checkSetup(report: Report, installation: MlflowInstallation) {
  const waiting = await installation.startOfServer('wait-for-schema');
  const job = installation.newJob();
  const stores = await job('stores');
  const created = [
    'database "mlflow": created',
    'database "mlflow_auth": created',
    'bucket "mlflow": created',
  ];
  report.check(
    'the setup Job creates both databases and the bucket',
    created.every((line) => stores.includes(line)),
    stores,
  );
  const isWaiting = waiting.logTail().includes('waiting until the tracking database') && !waiting.hasExited;
  report.check("the server's pod waits for the tables", isWaiting, waiting.logTail());
  await job('schema');
  report.check('and goes on once the Job has made them', (await waiting.exited) === 0, waiting.logTail());

  const startedAt = performance.now();
  const mlflow = await installation.startOfServer('mlflow');
  const [accounts] = await Promise.all([job('accounts'), installation.waitUntilReady(mlflow)]);
  report.note(`MLflow was ready and had its accounts after ${Math.round(performance.now() - startedAt)} ms`);
  report.check('the Job makes the account of the gateway', accounts.includes('is reader'), accounts);

  const repeat = installation.newJob();
  const said = [await repeat('stores'), await repeat('schema'), await repeat('accounts')].join('\n');
  report.check('the Job creates nothing when it runs again', !/created|is reader/.test(said), said);
  return mlflow;
}

function accountOf(secret: Readonly<Record<string, string>>) {
  const { MLFLOW_TRACKING_USERNAME: username = '', MLFLOW_TRACKING_PASSWORD: password = '' } = secret;
  return { username, password };
}

async function ask(path: string, account: { username: string; password: string } | null, body?: object) {
  const basic = Buffer.from(`${account?.username}:${account?.password}`).toString('base64');
  const answer = await fetch(`${tracking}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      'content-type': 'application/json',
      ...(account === null ? {} : { authorization: `Basic ${basic}` }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: answer.status, text: await answer.text() };
}

async function checkRights(report: Report, manifests: Manifests, admin: MlflowAdmin): Promise<void> {
  const model = '/api/2.0/mlflow/registered-models/get?name=iris';
  const gateway = accountOf(manifests.data('Secret/switchyard'));
  const stranger = { username: 'stranger', password: 'has-no-role-at-all' };
  await admin.createAccount(stranger);
  const tag = { name: 'iris', version: '1', key: 'k', value: 'v' };
  const statuses = {
    nobody: (await ask(model, null)).status,
    stranger: (await ask(model, stranger)).status,
    gatewayReads: (await ask(model, gateway)).status,
    gatewayWrites: (await ask('/api/2.0/mlflow/model-versions/set-tag', gateway, tag)).status,
  };
  // As the README says for verdict tags.
  await admin.grant(gateway, { kind: 'registered_model', name: '*' }, 'EDIT');
  const { status: granted } = await ask('/api/2.0/mlflow/model-versions/set-tag', gateway, tag);
  report.check('with EDIT on "*" it may set tags', granted === 200, granted);
  const expected = { nobody: 401, stranger: 403, gatewayReads: 200, gatewayWrites: 403 };
  report.check(
    'the gateway may read and not write; who was granted nothing may neither',
    JSON.stringify(statuses) === JSON.stringify(expected),
    statuses,
  );
}

async function checkGateway(
  report: Report,
  manifests: Manifests,
  directory: string,
  expected: ExpectedAnswers,
): Promise<void> {
  const { environment } = manifests.container('Deployment/switchyard', 'switchyard');
  // Port 80 is the Service's: there is none here that would lead to the pod's 8000.
  const gateway = await GatewayProcess.start({
    directory: join(directory, 'gateway'),
    environment,
    port: 80,
  });
  report.note(`the gateway was ready after ${Math.round(await gateway.waitUntilReady())} ms`);
  const problems: (string | null)[] = [];
  for (const { path, body, problemOf } of expected.questions('iris')) {
    const answer = await fetch(`${gateway.origin}${path}`, { method: 'POST', body });
    problems.push(problemOf(answer.headers.get('x-model-version') ?? '', await answer.json()));
  }
  const wrong = problems.filter((problem) => problem !== null);
  report.check(`${problems.length} answers of the gateway are right`, wrong.length === 0, wrong.slice(0, 3));
  await checkWebhook(report, manifests, directory, gateway);
  report.check('SIGTERM ends the gateway with exit code 0', (await gateway.stop()) === 0);
}

async function checkWebhook(
  report: Report,
  manifests: Manifests,
  directory: string,
  gateway: GatewayProcess,
): Promise<void> {
  const { args, environment } = manifests.container('Job/switchyard-webhook', 'webhook');
  const { stdout } = await run(process.execPath, ['src/main.ts', ...args], {
    cwd: checkout,
    env: { PATH: process.env.PATH ?? '', HOME: directory, ...environment },
  });
  report.check('the Job registers the webhook of the gateway', stdout.includes('created webhook'), stdout);
  const [id = ''] = /(?<=webhook )[0-9a-f-]{36}/.exec(stdout) ?? [];
  const administrator = accountOf(manifests.data('Secret/mlflow-admin'));
  const tested = await ask(`/api/2.0/mlflow/webhooks/${id}/test`, administrator, {});
  const isTaken = /"success":\s*true/.test(tested.text);
  report.check('and the gateway takes what MLflow delivers', isTaken, [tested, gateway.process.logTail(5)]);
}

async function checkMetrics(report: Report, installation: MlflowInstallation): Promise<void> {
  await installation.startOfServer('metrics');
  const own = await ask('/metrics', null);
  report.check("MLflow's own /metrics asks for a password", own.status === 401, own);
  const text = await waitUntil('the metrics are served', 20_000, async () => {
    const answer = await fetch('http://mlflow:9090/metrics').catch(() => null);
    return (await answer?.text()) ?? null;
  });
  const counted = text.match(/^mlflow_http_request_total\{.*status="200"\} (\d+)/m)?.[1];
  report.check('the other container tells what the workers counted', Number(counted) > 0, text.slice(0, 500));
}
