// The container as SageMaker, Vertex AI, Azure ML and KServe start it: their arguments, variables and mounts at their real
// paths, their health checks before and after the load, their requests, their stop. Needs root, for the mounts.
import { cp, mkdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { parse } from 'yaml';
import { findFreePort } from './child-process.ts';
import { checkout } from './gateway-process.ts';
import { PlatformContainer, type PlatformOptions } from './platform-container.ts';
import { type Report, runPart } from './report.ts';

const ROW = '[5.1,3.5,1.4,0.2]';
/** SageMaker's limit for an answer to its health check. */
const PING_LIMIT_MS = 2_000;
const iris = join(checkout, 'models-fixtures/iris/1');

interface Platform extends Omit<PlatformOptions, 'directory'> {
  readonly name: string;
  readonly health: string;
  readonly use: (container: PlatformContainer) => Promise<void>;
}

await runPart('container platforms', async (report, directory) => {
  // Side by side, since most of the time is spent on starting.
  await Promise.all([
    sageMaker(report, directory),
    vertexAi(report, directory),
    azureMl(report, directory),
    kserve(report, directory),
    tritonLayout(report, directory),
  ]);
});

async function sageMaker(report: Report, directory: string): Promise<void> {
  const isFree = await isPortFree(8080);
  const port = isFree ? 8080 : await findFreePort();
  const own = isFree ? {} : { SAGEMAKER_BIND_TO_PORT: String(port) };
  report.note(
    isFree ? 'SageMaker: port 8080, without being told' : 'SageMaker: 8080 is taken here, told another',
  );
  await runOn(report, directory, {
    name: 'SageMaker',
    port,
    args: ['serve'],
    environment: { SAGEMAKER_REGION: 'eu-central-1', ...own },
    mounts: { [iris]: '/opt/ml/model' },
    health: '/ping',
    use: async (container) => {
      checkDecided(report, container, 'following /opt/ml/model (decided by the mounted /opt/ml/model)');
      const attributes = 'trace=7,model=model';
      const json = await container.post('/invocations', `{"instances":[${ROW}]}`, {
        'x-amzn-sagemaker-custom-attributes': attributes,
      });
      checkPredicted(report, 'SageMaker: /invocations with JSON', json);
      const echoed = json.headers.get('x-amzn-sagemaker-custom-attributes');
      report.check('SageMaker: custom attributes go back', echoed === attributes, echoed);
      const csv = await container.post('/invocations', ROW.slice(1, -1), { 'content-type': 'text/csv' });
      checkPredicted(report, 'SageMaker: /invocations with CSV', csv);
    },
  });
}

async function vertexAi(report: Report, directory: string): Promise<void> {
  const port = await findFreePort();
  const health = '/v1/endpoints/12/deployedModels/34';
  const environment = {
    AIP_MODE: 'PREDICTION',
    AIP_HTTP_PORT: String(port),
    AIP_HEALTH_ROUTE: health,
    AIP_PREDICT_ROUTE: `${health}:predict`,
    AIP_STORAGE_URI: 'gs://caip-tenant-1/34/artifacts',
  };
  const untold = await start(directory, { name: 'Vertex AI untold', port, args: ['serve'], environment });
  const code = await untold.process.exited;
  const log = untold.process.logTail();
  const isClear = log.includes('AIP_STORAGE_URI') && log.includes('set SWITCHYARD_MODEL_DIR');
  report.check(
    'Vertex AI: a model in gs:// alone ends the start with what to do',
    code === 1 && isClear,
    log,
  );
  await runOn(report, directory, {
    name: 'Vertex AI',
    port,
    args: [],
    environment: { ...environment, SWITCHYARD_MODEL_DIR: '/model' },
    mounts: { [iris]: '/model' },
    health,
    use: async (container) => {
      const body = `{"instances":[${ROW},${ROW}],"parameters":{}}`;
      const answer = await container.post(`${health}:predict`, body);
      checkPredicted(report, 'Vertex AI: AIP_PREDICT_ROUTE', answer);
      const { predictions } = JSON.parse(answer.body);
      report.check('Vertex AI: as many predictions as instances', predictions.length === 2, answer.body);
    },
  });
}

async function azureMl(report: Report, directory: string): Promise<void> {
  const registered = join(directory, 'azure-model');
  await cp(iris, join(registered, 'iris_model'), { recursive: true });
  const port = await findFreePort();
  const mount = '/var/azureml-app/azureml-models/iris/1';
  await runOn(report, directory, {
    name: 'Azure ML',
    port,
    args: ['serve'],
    environment: { AZUREML_MODEL_DIR: mount, PORT: String(port) },
    mounts: { [registered]: mount },
    health: '/readyz',
    use: async (container) => {
      checkDecided(report, container, `following ${mount}/iris_model (decided by AZUREML_MODEL_DIR)`);
      const live = await fetch(`${container.origin}/livez`);
      report.check('Azure ML: the liveness route is 200', live.status === 200, live.status);
      const answer = await container.post('/invocations', `{"instances":[${ROW}]}`);
      checkPredicted(report, 'Azure ML: /invocations as scoring route', answer);
    },
  });
}

/** With the arguments of the manifests in k8s/kserve. */
async function kserve(report: Report, directory: string): Promise<void> {
  const [runtime, service] = await Promise.all(
    ['clusterservingruntime', 'inferenceservice'].map(readManifest),
  );
  const [container] = runtime.spec.containers;
  const name: string = service.metadata.name;
  const port = await findFreePort();
  const place = (arg: string) => arg.replace('{{.Name}}', name).replace('8080', String(port));
  await runOn(report, directory, {
    name: 'KServe',
    port,
    args: container.args.map(place),
    environment: Object.fromEntries(
      container.env.map((each: { name: string; value: string }) => [each.name, each.value]),
    ),
    mounts: { [iris]: '/mnt/models' },
    health: container.readinessProbe.httpGet.path,
    use: async (running) => {
      checkDecided(report, running, 'following /mnt/models (decided by --model-dir)');
      const v1 = [`/v1/models/${name}:predict`, `{"instances":[${ROW}]}`] as const;
      const tensor = { name: 'float_input', datatype: 'FP32', shape: [1, 4], data: JSON.parse(ROW) };
      const v2 = [`/v2/models/${name}/infer`, JSON.stringify({ inputs: [tensor] })] as const;
      for (const [path, body] of [v1, v2]) {
        const one = await running.post(path, body);
        report.check(`KServe: ${path} answers over HTTP/1.1`, one.status === 200, one.body);
        const two = await running.postHttp2(path, body);
        const isSame = two.status === 200 && withoutId(two.body.toString()) === withoutId(one.body);
        report.check(`KServe: ${path} answers the same over h2c`, isSame, two.body.toString());
      }
      const grpc = { 'content-type': 'application/grpc', te: 'trailers' };
      const path = '/inference.GRPCInferenceService/ServerReady';
      const ready = await running.postHttp2(path, Buffer.alloc(5), grpc);
      report.check(
        'KServe: gRPC answers on the same port',
        ready.body.equals(Buffer.from([0, 0, 0, 0, 2, 8, 1])),
      );
    },
  });
}

/** What a storage initialiser leaves of a model repository for Triton, without any argument of ours. */
async function tritonLayout(report: Report, directory: string): Promise<void> {
  const repository = join(directory, 'repository');
  await mkdir(repository);
  for (const name of ['iris', 'digits']) {
    await cp(join(checkout, 'models-fixtures', name, '1'), join(repository, name, '1'), { recursive: true });
  }
  const port = await findFreePort();
  await runOn(report, directory, {
    name: 'model repository',
    port,
    args: [`--http-port=${port}`],
    mounts: { [repository]: '/mnt/models' },
    health: '/v2/health/ready',
    use: async (container) => {
      checkDecided(report, container, 'following /mnt/models (decided by the mounted /mnt/models)');
      const answer = await fetch(`${container.origin}/v2/models`);
      const { models } = (await answer.json()) as { models: string[] };
      report.check(
        'model repository: every model has its name',
        models.sort().join() === 'digits,iris',
        models,
      );
    },
  });
}

function start(directory: string, options: Omit<PlatformOptions, 'directory'> & { readonly name: string }) {
  return PlatformContainer.start({
    ...options,
    directory: join(directory, options.name.replaceAll(' ', '-')),
  });
}

async function runOn(report: Report, directory: string, platform: Platform): Promise<void> {
  const { name, health, use } = platform;
  const container = await start(directory, platform);
  const { statuses, slowestMs, healthyAfterMs } = await container.untilHealthy(health);
  const isWaiting = statuses.length > 1 && statuses.slice(0, -1).every((status) => status === 503);
  report.check(`${name}: ${health} is 503 while the model loads, then 200`, isWaiting, statuses.join());
  report.check(`${name}: each answer comes within 2 s`, slowestMs < PING_LIMIT_MS, slowestMs);
  await use(container);
  const stoppedAt = performance.now();
  const code = await container.stop();
  report.check(`${name}: SIGTERM ends it with 0`, code === 0, container.process.logTail());
  const figures = [healthyAfterMs, slowestMs, performance.now() - stoppedAt].map(Math.round);
  report.note(
    `${name}: healthy after ${figures[0]} ms, slowest check ${figures[1]} ms, stopped in ${figures[2]} ms`,
  );
}

function checkDecided(report: Report, container: PlatformContainer, sentence: string): void {
  report.check(`the first log line: ${sentence}`, container.decidedBy === sentence, container.decidedBy);
}

function checkPredicted(
  report: Report,
  what: string,
  { status, body }: { status: number; body: string },
): void {
  const predictions = status === 200 ? JSON.parse(body).predictions : null;
  report.check(
    `${what} answers the class of the row`,
    predictions?.[0]?.output_label === 0,
    `${status} ${body}`,
  );
}

/** A V2 answer without the id that is made for it. */
function withoutId(body: string): string {
  return body.replace(/"id":"[^"]*",?/, '');
}

async function readManifest(name: string) {
  return parse(await readFile(join(checkout, 'k8s/kserve', `${name}.yaml`), 'utf8'));
}

async function isPortFree(port: number): Promise<boolean> {
  const server = createServer();
  const { promise, resolve } = Promise.withResolvers<boolean>();
  server.once('error', () => resolve(false)).listen(port, '0.0.0.0', () => resolve(true));
  const isFree = await promise;
  if (isFree) await new Promise((done) => server.close(done));
  return isFree;
}
