/**
 * What pointers of a real registry do (`--mlflow 2` or 3): each line is a case. Then how many requests that takes with two
 * thousand models, and how a refusal is heeded.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { CountingProxy } from './counting-proxy.ts';
import { FollowedRoutes } from './followed-routes.ts';
import { GatewayProcess } from './gateway-process.ts';
import type { MlflowMajor } from './mlflow-admin.ts';
import { MlflowServer } from './mlflow-server.ts';
import { pointerCases } from './pointer-cases.ts';
import { checkRequests } from './pointer-manners.ts';
import { RegistryRows } from './registry-rows.ts';
import { runPart } from './report.ts';
import { waitUntil } from './wait-until.ts';

/** Route → pointer; what none of them stands for is in `models`. */
const routes = {
  stage: 'models:/iris/Production',
  'stage-in-capitals': 'models:/iris/PRODUCTION',
  alias: 'models:/iris@champion',
  'alias-in-capitals': 'models:/iris@CHAMPION',
  latest: 'models:/iris/latest',
  'alias-latest': 'models:/iris@Latest',
  number: 'models:/iris/1',
  checked: 'models:/checked/Production',
  reborn: 'models:/reborn/Production',
  renamed: 'models:/before/Production',
  pending: 'models:/pending/Production',
};

const pollMs = 300;

const { values } = parseArgs({ options: { mlflow: { type: 'string', default: '3' } } });
const major: MlflowMajor = values.mlflow === '2' ? '2' : '3';

await runPart(`pointers of MLflow ${major}`, async (report, directory) => {
  const home = join(directory, major);
  await using cleanup = new AsyncDisposableStack();
  const server = await MlflowServer.create({ directory: home, major });
  cleanup.defer(() => server.stop());
  await server.register();
  const proxy = await CountingProxy.start(server.uri);
  cleanup.defer(() => proxy.close());
  const gateway = await startGateway(home, proxy.uri);
  cleanup.defer(async () => void (await gateway.stop()));
  const followed = new FollowedRoutes(gateway, report, `MLflow ${major}`);
  const rows = new RegistryRows(home);
  await pointerCases({ server, rows, followed, major });
  await checkRequests({ server, rows, followed, proxy, report, major, pollMs });
  report.check(`MLflow ${major}: SIGTERM ends it with exit code 0`, (await gateway.stop()) === 0);
  if (report.hasFailures) report.note(gateway.process.logTail(40));
  await server.stop();
});

async function startGateway(home: string, uri: string): Promise<GatewayProcess> {
  const config = join(home, 'switchyard.yaml');
  await writeFile(config, JSON.stringify({ models: models() }));
  const gateway = await GatewayProcess.start({
    directory: join(home, 'gateway'),
    environment: {
      MLFLOW_TRACKING_URI: uri,
      SWITCHYARD_CONFIG: config,
      SWITCHYARD_POLL_INTERVAL_MS: String(pollMs),
    },
  });
  await waitUntil('the gateway listens', 30_000, async () => {
    if (gateway.process.hasExited) throw new Error(gateway.process.logTail());
    return (await fetch(`${gateway.origin}/livez`).catch(() => null))?.ok ?? false;
  });
  return gateway;
}

function models(): readonly object[] {
  const named = Object.entries(routes).map(([route, uri]) => ({
    route,
    uri,
    ...(route === 'checked' ? { crossCheck: { alias: 'champion' } } : {}),
  }));
  return [...named, { uri: 'models:/*@served' }];
}
