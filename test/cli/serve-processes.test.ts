import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { copyFixtures, type Environment, temporaryFolder, writeVersion } from '../running-gateway.ts';
import { obedientLoopGraph } from './obedient-loop.ts';
import { Server } from './server.ts';

const TOKEN = 'token-that-nobody-may-see';
const ROW = '{"features":[5.1,3.5,1.4,0.2]}';

interface Answer {
  readonly status: number;
  readonly version: string | undefined;
  readonly body: string;
}

/** Asks on a connection of its own, so that any of the processes may answer. */
async function ask(url: string, path = '/predict', method = 'POST', body = ROW): Promise<Answer> {
  const agent = new Agent({ keepAlive: false });
  const sent = request(url + path, { method, agent, headers: { authorization: `Bearer ${TOKEN}` } });
  sent.end(method === 'GET' ? undefined : body);
  const [response] = await once(sent, 'response');
  let text = '';
  for await (const chunk of response) text += String(chunk);
  return { status: response.statusCode, version: response.headers['x-model-version'], body: text };
}

/** What many connections, which are spread over the processes, are answered. */
async function askMany(url: string, path: string, method: string): Promise<ReadonlySet<string>> {
  const answers = await Promise.all(Array.from({ length: 24 }, () => ask(url, path, method)));
  return new Set(
    answers.map(({ status, version, body }) => (version === undefined ? body : `${status} ${version}`)),
  );
}

/** A status without the figures of runs, which are of the process that answers. */
function withoutRuns(body: string): string {
  return JSON.stringify({ ...JSON.parse(body), placement: null });
}

/** The processes that answer requests, as the log told them. */
function membersOf(server: Server): readonly number[] {
  const pids = (event: string) =>
    server.lines.filter((line) => line.event === event).map((line) => Number(line.process));
  return pids('process-serving').filter((pid) => !pids('process-lost').includes(pid));
}

async function metric(url: string, series: string): Promise<number> {
  const { body } = await ask(url, '/metrics', 'GET');
  const line = body.split('\n').find((candidate) => candidate.startsWith(`${series} `));
  return Number(line?.slice(series.length) ?? Number.NaN);
}

describe('switchyard serve with several processes', () => {
  let root: string;
  let env: Environment;

  beforeAll(async () => {
    root = await temporaryFolder();
    const registry = await copyFixtures('iris/1', 'iris/2');
    await writeFile(join(registry, 'iris', 'registry.yaml'), 'stages: {Production: 1}\n');
    await writeVersion(registry, 'loop', 1, obedientLoopGraph());
    const models = ['models:/iris/Production', { uri: 'models:/loop/1', placement: 'worker' }];
    await writeFile(join(root, 'config.yaml'), JSON.stringify({ models, defaultModel: 'iris' }));
    env = {
      HOME: root,
      PORT: '0',
      SWITCHYARD_PROCESSES: '2',
      SWITCHYARD_REGISTRY_DIR: registry,
      SWITCHYARD_CONFIG: join(root, 'config.yaml'),
      SWITCHYARD_POLL_INTERVAL_MS: '100',
      SWITCHYARD_ADMIN_TOKEN: TOKEN,
    };
  });

  afterAll(() => rm(root, { recursive: true }));

  const start = (name: string, changes: Environment = {}) =>
    new Server({ ...env, SWITCHYARD_CACHE_DIR: join(root, name), ...changes });

  it('does for all what an operator asks of one, tells the same from all, and ends with 0', async () => {
    await using server = start('operate');
    const url = await server.url();
    expect(membersOf(server)).toHaveLength(2);
    expect(await askMany(url, '/predict', 'POST')).toEqual(new Set(['200 1']));

    const pinned = await ask(url, '/models/iris/pin', 'PUT', '{"version":"2"}');
    expect(JSON.parse(pinned.body)).toMatchObject({ current: { version: '2' }, hold: { kind: 'pin' } });
    expect(await askMany(url, '/predict', 'POST')).toEqual(new Set(['200 2']));
    const statuses = [...(await askMany(url, '/models/iris', 'GET'))].map(withoutRuns);
    expect(new Set(statuses)).toEqual(new Set([withoutRuns(pinned.body)]));

    const rolledBack = await ask(url, '/models/iris/rollback', 'POST', '');
    expect(JSON.parse(rolledBack.body)).toMatchObject({
      current: { version: '1' },
      previous: { version: '2' },
    });
    expect(await askMany(url, '/predict', 'POST')).toEqual(new Set(['200 1']));
    expect((await ask(url, '/models/iris/pin', 'PUT', '{"version":"9"}')).status).toBe(404);

    server.signal('SIGTERM');
    expect(await server.exit).toEqual({ code: 0, signal: null });
    expect(server.lines.at(-1)?.event).toBe('stopped');
    // Each said once for the group.
    const moves = server.lines.filter(
      ({ event, model }) => model === 'iris' && /^(swapped|rolled)/.test(event),
    );
    expect(moves.map(({ event }) => event)).toEqual(['swapped', 'swapped', 'rolled-back']);
    expect(server.stderr).toBe('');
    expect(JSON.stringify(server.lines)).not.toContain(TOKEN);
  });

  it('adds up what all have counted, and replaces one that was killed while the others answer', async () => {
    await using server = start('metrics');
    const url = await server.url();
    await Promise.all(Array.from({ length: 40 }, () => ask(url)));
    const series =
      'switchyard_request_duration_seconds_count{model="iris",version="1",protocol="predict",code="200"}';
    expect(await metric(url, series)).toBe(40);
    expect(await metric(url, 'switchyard_model_ready{model="iris"}')).toBe(1);
    expect(await metric(url, 'switchyard_swaps_total{model="iris",outcome="swapped"}')).toBe(1);

    const before = membersOf(server);
    process.kill(before[0]!, 'SIGKILL');
    await server.line('process-lost');
    expect(await metric(url, series)).toBe(40);
    let answered = 40;
    while (membersOf(server).length < 2) {
      expect(await ask(url)).toMatchObject({ status: 200, version: '1' });
      answered++;
      await delay(10);
    }
    expect(membersOf(server)).toContain(before[1]);
    expect(await askMany(url, '/predict', 'POST')).toEqual(new Set(['200 1']));
    expect(await metric(url, series)).toBe(answered + 24);
    // None stays behind: its output is open as long as one of them lives.
    server.signal('SIGKILL');
    expect(await server.exit).toEqual({ code: null, signal: 'SIGKILL' });
  });

  it('has the metrics on a port of their own, and dies of a native run that does not end', async () => {
    await using server = start('endless', {
      SWITCHYARD_METRICS_PORT: '0',
      // Long enough for the run to begin on a busy machine.
      SWITCHYARD_REQUEST_TIMEOUT_MS: '1500',
      SWITCHYARD_DRAIN_TIMEOUT_MS: '50',
    });
    const url = await server.url();
    const lastWelcome = () => server.lines.find(({ msg }) => msg.startsWith('status: '))?.msg;
    while (lastWelcome() === undefined) await delay(10);
    const [, metricsUrl] = /metrics: (\S+)\/metrics/.exec(lastWelcome()!) ?? [];
    expect(await metric(metricsUrl!, 'switchyard_model_ready{model="loop"}')).toBe(1);
    expect((await ask(url, '/metrics', 'GET')).status).toBe(404);
    const forever = await ask(url, '/models/loop/predict', 'POST', '{"features":[1e15,0,0,0]}');
    expect(forever.status).toBe(504);
    server.signal('SIGTERM');
    expect(await server.exit).toEqual({ code: null, signal: 'SIGKILL' });
  });

  it('says in one sentence that the port is taken', async () => {
    const other = createServer();
    await once(other.listen(0, '127.0.0.1'), 'listening');
    const { port } = other.address() as AddressInfo;
    await using server = start('taken', { PORT: String(port) });
    expect(await server.exit).toEqual({ code: 1, signal: null });
    expect((await server.line('start-failed')).msg).toBe(
      `address 127.0.0.1:${port} is in use by another process; choose another with PORT or HOST`,
    );
    other.close();
  });
});
