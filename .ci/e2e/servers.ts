/**
 * MLflow 2 and 3 on SQLite and PostgreSQL, with files and S3, accounts, tokens, prefixes, host checks, TLS and workspaces: a
 * gateway follows stage and alias of each through promotion, rollback, outage, restart and deletion, and says what is wrong
 * where it may not.
 *
 *   node .ci/e2e/servers.ts [NAME…]   only the rows whose names contain one of these
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type BasicAuth, MlflowServer } from './mlflow-server.ts';
import { certificates, NginxFront } from './nginx-front.ts';
import { ObjectStore } from './object-store.ts';
import { type Report, runPart } from './report.ts';
import { checkRights, type Registered, registerIris, ServerRow } from './server-row.ts';

/** Nobody may anything that was not granted. The hash of the password would otherwise be most of what a row takes. */
const accounts = (database: string): BasicAuth => ({
  defaultPermission: 'NO_PERMISSIONS',
  database,
  cacheSeconds: 10,
});

type RunRow = (row: ServerRow, registered: () => Promise<Registered>) => Promise<void>;

const rows: Readonly<Record<string, RunRow>> = {
  'MLflow 3, PostgreSQL, S3, basic auth': async (row) => {
    const postgres = await row.startPostgres();
    const store = row.owns(await ObjectStore.start(join(row.directory, 's3')), (it) => it.stop());
    const server = await row.startMlflow({
      major: '3',
      backendStore: await postgres.createDatabase('mlflow'),
      artifacts: { root: await store.createBucket('models'), proxied: true },
      auth: accounts(await postgres.createDatabase('accounts')),
      environment: store.environment,
    });
    const expected = await registerIris(server);
    await checkRights(row, server);
    await row.follow(
      server,
      expected,
      { reader: server.gatewayEnvironment },
      {
        what: 'PostgreSQL',
        begin: () => postgres.stop(),
        end: () => postgres.start(),
      },
    );
  },

  'MLflow 2, SQLite, files': async (row) => {
    const server = await row.startMlflow({ major: '2' });
    await row.follow(server, await registerIris(server), { open: server.gatewayEnvironment });
  },

  'MLflow 2, PostgreSQL, files, basic auth, static prefix': async (row) => {
    const postgres = await row.startPostgres();
    const server = await row.startMlflow({
      major: '2',
      backendStore: await postgres.createDatabase('mlflow'),
      auth: accounts(await postgres.createDatabase('accounts')),
      staticPrefix: '/ml',
    });
    const expected = await registerIris(server);
    await checkRights(row, server);
    await row.refuses(
      'the prefix in the URI',
      { ...server.gatewayEnvironment, MLFLOW_TRACKING_URI: `${server.uri}/ml` },
      'REGISTRY_UNAVAILABLE',
      /it does at .*: before 3\.12 MLflow keeps its API outside of --static-prefix; use that URI/,
    );
    // Each poll is a request, and the hash of its password takes the one worker of this server a third of a second.
    const reader = { ...server.gatewayEnvironment, SWITCHYARD_POLL_INTERVAL_MS: '1000' };
    await row.follow(server, expected, { reader });
  },

  'MLflow 3, PostgreSQL, files, workspace, basic auth': async (row) => {
    const postgres = await row.startPostgres();
    const server = await row.startMlflow({
      major: '3',
      backendStore: await postgres.createDatabase('mlflow'),
      auth: accounts(await postgres.createDatabase('accounts')),
      workspace: 'team',
    });
    const expected = await registerIris(server);
    await checkRights(row, server);
    const { MLFLOW_WORKSPACE: _, ...inDefault } = server.gatewayEnvironment;
    await row.refuses('the default workspace', inDefault, 'REGISTRY_FORBIDDEN', /model "iris"/);
    await row.refuses(
      'an unknown workspace',
      { ...inDefault, MLFLOW_WORKSPACE: 'nobody' },
      'REGISTRY_UNAVAILABLE',
      /says "Workspace 'nobody' not found" \(404\); MLFLOW_WORKSPACE must name/,
    );
    await row.follow(server, expected, { reader: server.gatewayEnvironment });
  },

  'MLflow 3, SQLite, files, static prefix': async (row, registered) => {
    const { expected, ...rest } = await registered();
    const server = await row.startCopy({ expected, ...rest }, { staticPrefix: '/ml' });
    const { origin } = new URL(server.uri);
    await row.refuses(
      'the root as URI',
      { MLFLOW_TRACKING_URI: origin },
      'REGISTRY_UNAVAILABLE',
      /if the server runs with --static-prefix, add that prefix to the URI/,
    );
    await row.refuses(
      'a workspace where there are none',
      { MLFLOW_TRACKING_URI: server.uri, MLFLOW_WORKSPACE: 'team' },
      'REGISTRY_UNAVAILABLE',
      /the server has no workspaces; unset MLFLOW_WORKSPACE/,
    );
    await row.follow(server, expected, { open: server.gatewayEnvironment });
  },

  'MLflow 3, SQLite, files, host check': async (row, registered) => {
    const { expected, ...rest } = await registered();
    const server = await row.startCopy(
      { expected, ...rest },
      { parameters: ['--allowed-hosts=mlflow.example.com'] },
    );
    const said = await row.refuses(
      'another host than ours is allowed',
      server.gatewayEnvironment,
      'REGISTRY_FORBIDDEN',
      /refuses the host name "127\.0\.0\.1:\d+" \(403 Invalid Host header\); start it with --allowed-hosts/,
    );
    await server.stop();
    await server.start(`--allowed-hosts=${/--allowed-hosts "([^"]+)"/.exec(said)?.[1]}`);
    await row.follow(server, expected, { 'as advised': server.gatewayEnvironment });
  },

  'MLflow 3, SQLite, files, behind nginx': async (row, registered) => {
    const { expected, ...rest } = await registered();
    const server = await row.startCopy({ expected, ...rest }, {});
    const front = async (name: string, options: object) =>
      row.owns(
        await NginxFront.start({ directory: join(row.directory, name), target: server.uri, ...options }),
        (it) => it.stop(),
      );
    const bearer = {
      MLFLOW_TRACKING_URI: (await front('bearer', { token: 'sesame', path: '/team/ml' })).uri,
    };
    const tls = { MLFLOW_TRACKING_URI: (await front('tls', { tls: 'server' })).uri };
    const mutual = { MLFLOW_TRACKING_URI: (await front('mutual', { tls: 'mutual' })).uri };
    const authority = { MLFLOW_TRACKING_SERVER_CERT_PATH: certificates.authority };
    const refused = 'REGISTRY_FORBIDDEN';
    const failed = 'REGISTRY_UNAVAILABLE';
    await row.refuses('no token', bearer, refused, /asks for credentials \(401\).*MLFLOW_TRACKING_TOKEN/);
    const wrongToken = { ...bearer, MLFLOW_TRACKING_TOKEN: 'open' };
    await row.refuses(
      'a wrong token',
      wrongToken,
      refused,
      /refuses the token of MLFLOW_TRACKING_TOKEN \(401\)/,
    );
    await row.refuses('no authority', tls, failed, /MLFLOW_TRACKING_SERVER_CERT_PATH must name a PEM file/);
    const otherAuthority = { ...tls, MLFLOW_TRACKING_SERVER_CERT_PATH: certificates.otherAuthority };
    await row.refuses(
      'a wrong authority',
      otherAuthority,
      failed,
      /signed by no authority that is trusted here/,
    );
    const noCertificate = { ...mutual, ...authority };
    await row.refuses(
      'no client certificate',
      noCertificate,
      failed,
      /MLFLOW_TRACKING_CLIENT_CERT_PATH must name/,
    );
    await row.follow(server, expected, {
      'bearer token, path': { ...bearer, MLFLOW_TRACKING_TOKEN: 'sesame' },
      'private authority': { ...tls, ...authority },
      'client certificate': {
        ...mutual,
        ...authority,
        MLFLOW_TRACKING_CLIENT_CERT_PATH: certificates.client,
      },
    });
  },
};

/** One at a time would leave a core idle most of the time, more would only wait for one another. */
const atOnce = 2;

async function runRow(
  name: string,
  report: Report,
  directory: string,
  registered: () => Promise<Registered>,
): Promise<string> {
  const startedAt = performance.now();
  const row = new ServerRow(name, report, directory);
  try {
    await rows[name]?.(row, registered);
  } catch (error) {
    report.check(`${name}: ran to its end`, false, error instanceof Error ? error.stack : error);
  } finally {
    await row.close();
  }
  return `${name}: ${row.outcome} (${((performance.now() - startedAt) / 1_000).toFixed(0)} s)`;
}

async function register(directory: string): Promise<Registered> {
  const server = await MlflowServer.create({ directory, major: '3' });
  const expected = await registerIris(server);
  await server.stop();
  return { directory, expected };
}

await runPart('servers', async (report, directory) => {
  const asked = process.argv.slice(2);
  const names = Object.keys(rows).filter(
    (name) => asked.length === 0 || asked.some((part) => name.includes(part)),
  );
  let common: Promise<Registered> | null = null;
  const registered = () => (common ??= register(join(directory, 'registered')));
  const table: string[] = [];
  const left = names.entries();
  const work = async () => {
    for (const [index, name] of left) {
      const own = join(directory, String(index));
      await mkdir(own);
      table[index] = await runRow(name, report, own, registered);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  for (const line of table) report.note(line);
});
