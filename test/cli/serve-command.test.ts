import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serveCommand } from '../../src/cli/serve-command.ts';
import { addGraph, slowGraph } from '../fakes/hostile-models.ts';
import { RawConnection } from '../http/raw-connection.ts';
import { type Environment, temporaryFolder, writeVersion } from '../running-gateway.ts';
import { obedientLoopGraph } from './obedient-loop.ts';
import { runCommand } from './run-command.ts';
import { Server } from './server.ts';

const ROW = '{"features":[1,2,3,4]}';
const FOREVER = '{"features":[1e15,0,0,0]}';
const ANSWERED = '200 {"prediction":10}';
const TOKEN = 'token-that-nobody-may-see';

describe.concurrent('switchyard serve', () => {
  let root: string;
  let env: Environment;

  beforeAll(async () => {
    root = await temporaryFolder();
    const registry = join(root, 'registry');
    await writeVersion(registry, 'sum', 1, addGraph());
    await writeVersion(registry, 'slow', 1, slowGraph(60));
    await writeVersion(registry, 'loop', 1, obedientLoopGraph());
    const models = ['sum', 'slow', 'loop'].map((name) => ({
      uri: `models:/${name}/1`,
      placement: name === 'loop' ? 'worker' : 'auto',
      batching: name !== 'slow',
    }));
    await writeFile(join(root, 'config.yaml'), JSON.stringify({ models, defaultModel: 'sum' }));
    env = {
      HOME: root,
      PORT: '0',
      SWITCHYARD_CONFIG: join(root, 'config.yaml'),
      SWITCHYARD_REGISTRY_DIR: registry,
      SWITCHYARD_CACHE_DIR: join(root, 'cache'),
      SWITCHYARD_ADMIN_TOKEN: TOKEN,
    };
    // Tries the versions, so that the tests need not.
    await using first = new Server(env);
    await first.url();
  });

  afterAll(() => rm(root, { recursive: true }));

  const expectQuietAboutSecrets = (server: Server) => {
    expect(server.oddLines).toEqual([]);
    expect(server.stderr).toBe('');
    expect(JSON.stringify(server.lines)).not.toContain(TOKEN);
  };

  it('logs JSON lines from start to stop, answers, and ends with 0', async () => {
    await using server = new Server(env);
    const url = await server.url();
    const headers = { authorization: `Bearer ${TOKEN}` };
    const response = await fetch(`${url}/predict`, { method: 'POST', body: ROW });
    expect(await response.json()).toEqual({ prediction: 10 });
    await fetch(`${url}/models/sum/refresh`, { method: 'POST', headers });
    await fetch(`${url}/models/sum/refresh`, {
      method: 'POST',
      headers: { authorization: `Bearer ${TOKEN}x` },
    });
    server.signal('SIGTERM');
    expect(await server.exit).toEqual({ code: 0, signal: null });
    const events = server.lines.map(({ event }) => event);
    expect(events[0]).toBe('starting');
    expect(server.lines[0]?.msg).toContain('SWITCHYARD_REGISTRY_DIR');
    expect(events).toEqual(
      expect.arrayContaining(['listening', 'swapped', 'welcome', 'operator', 'stopping', 'stopped']),
    );
    expect(events.at(-1)).toBe('stopped');
    expectQuietAboutSecrets(server);
  });

  it('answers every request under load until the shutdown delay is over', async () => {
    await using server = new Server({ ...env, SWITCHYARD_SHUTDOWN_DELAY_MS: '1000' });
    const url = await server.url();
    const outcomes = new Map<string, number>();
    let isLoaded = true;
    const client = async (name: string) => {
      while (isLoaded) {
        const response = await fetch(`${url}/models/${name}/predict`, { method: 'POST', body: ROW });
        const outcome = `${response.status} ${await response.text()}`;
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      }
    };
    const clients = Promise.all(['sum', 'sum', 'slow'].map(client));
    while ((outcomes.get(ANSWERED) ?? 0) < 50) await new Promise(setImmediate);
    server.signal('SIGTERM');
    await server.line('stopping');
    expect((await fetch(`${url}/readyz`)).status).toBe(503);
    const before = outcomes.get(ANSWERED)!;
    while (outcomes.get(ANSWERED)! < before + 20) await new Promise(setImmediate);
    isLoaded = false;
    await clients;
    expect([...outcomes.keys()]).toEqual([ANSWERED]);
    expect(await server.exit).toEqual({ code: 0, signal: null });
    expectQuietAboutSecrets(server);
  });

  it('ends with 1 where requests still run at the drain limit', async () => {
    await using server = new Server({ ...env, SWITCHYARD_DRAIN_TIMEOUT_MS: '1' });
    using connection = await RawConnection.open(await server.url());
    for (let count = 0; count < 50; count++) connection.post('/models/slow/predict', ROW);
    await server.busy();
    server.signal('SIGTERM');
    const exit = await server.exit;
    expect([server.lines.at(-1)?.msg, exit]).toEqual([
      'stopped; requests that still ran at the drain limit were cut off',
      { code: 1, signal: null },
    ]);
  });

  it('dies where a native run does not even end then', async () => {
    await using server = new Server({
      ...env,
      SWITCHYARD_REQUEST_TIMEOUT_MS: '50',
      SWITCHYARD_DRAIN_TIMEOUT_MS: '50',
    });
    const url = await server.url();
    const response = await fetch(`${url}/models/loop/predict`, { method: 'POST', body: FOREVER });
    expect(response.status).toBe(504);
    server.signal('SIGTERM');
    expect(await server.exit).toEqual({ code: null, signal: 'SIGKILL' });
  });

  it('exits at once at the second signal', async () => {
    await using server = new Server(env);
    using connection = await RawConnection.open(await server.url());
    connection.post('/models/loop/predict', FOREVER);
    await server.busy();
    server.signal('SIGTERM');
    await server.line('stopping');
    server.signal('SIGINT');
    expect((await server.exit).code).not.toBe(0);
  });

  it('takes the two signals that npm makes of one Ctrl-C for one', async () => {
    await using server = new Server({ ...env, SWITCHYARD_SHUTDOWN_DELAY_MS: '100' });
    await server.url();
    server.signal('SIGINT');
    await server.line('stopping');
    server.signal('SIGINT');
    expect(await server.exit).toEqual({ code: 0, signal: null });
  });

  it('can be stopped before the registry has ever answered', async () => {
    const silent = createServer();
    await once(silent.listen(0, '127.0.0.1'), 'listening');
    const { port } = silent.address() as AddressInfo;
    await using server = new Server({
      HOME: root,
      PORT: '0',
      SWITCHYARD_CACHE_DIR: join(root, 'other-cache'),
      MLFLOW_TRACKING_URI: `http://someone:${TOKEN}@127.0.0.1:${port}`,
    });
    await Promise.all([once(silent, 'request'), server.line('listening')]);
    server.signal('SIGTERM');
    expect(await server.exit).toEqual({ code: 0, signal: null });
    expectQuietAboutSecrets(server);
    silent.close();
    silent.closeAllConnections();
  });

  it('says in one sentence that the port is taken', async () => {
    const other = createServer();
    await once(other.listen(0, '127.0.0.1'), 'listening');
    const { port } = other.address() as AddressInfo;
    await using server = new Server(env, ['--port', String(port)]);
    expect(await server.exit).toEqual({ code: 1, signal: null });
    const failure = await server.line('start-failed');
    expect(failure.msg).toBe(
      `address 127.0.0.1:${port} is in use by another process; choose another with PORT or HOST`,
    );
    expect(failure).not.toHaveProperty('err');
    other.close();
  });

  it('says in one sentence that the cache cannot be written', async () => {
    const file = join(root, 'a-file');
    await writeFile(file, '');
    await using server = new Server({ ...env, SWITCHYARD_CACHE_DIR: join(file, 'cache') });
    expect(await server.exit).toEqual({ code: 1, signal: null });
    const failure = await server.line('start-failed');
    expect(failure.msg).toContain(file);
    expect(failure).not.toHaveProperty('err');
  });

  it('names every wrong setting and no secret', async () => {
    await using server = new Server({
      ...env,
      SWITCHYARD_POLL_INTERVAL_MS: 'soon',
      SWITCHYARD_ADMIN_TOKEN: `${TOKEN} with spaces`,
      SWITCHYARD_MODLES: 'models:/iris/1',
    });
    expect(await server.exit).toEqual({ code: 1, signal: null });
    expect(server.lines).toEqual([]);
    for (const name of ['SWITCHYARD_POLL_INTERVAL_MS', 'SWITCHYARD_ADMIN_TOKEN', 'SWITCHYARD_MODLES'])
      expect(server.stderr).toContain(name);
    expect(server.stderr).toContain('SWITCHYARD_MODELS');
    expect(server.stderr).not.toContain(TOKEN);
    expect(server.stderr).not.toMatch(/\bat .*:\d+:\d+/);
  });
});

describe('the flags of switchyard serve', () => {
  it.each([
    ['--modle-name', '--model-name'],
    ['--prot', '--port'],
    ['--grpc-prot', '--grpc-port'],
  ])('are refused where unknown, %s with a suggestion', async (wrong, right) => {
    await expect(runCommand(serveCommand(), [wrong, 'x'])).rejects.toThrow(`Did you mean ${right}?`);
  });
});
