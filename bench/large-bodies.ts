import { once } from 'node:events';
import { request } from 'node:http';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { type BenchServer, startGateway } from './servers.ts';
import { median, percentile } from './statistics.ts';

/**
 * `node bench/large-bodies.ts [--entry FILE] [--mib 0.5,1,…] [--rounds N] [--concurrent N]`: how long requests with
 * large bodies take (iris, four columns by position), and how long `/livez` has to wait meanwhile: the time for which
 * they hold the event loop.
 */
const { values } = parseArgs({
  options: {
    entry: { type: 'string', default: 'src/main.ts' },
    mib: { type: 'string', default: '0.25,1,8,64' },
    rounds: { type: 'string', default: '5' },
    concurrent: { type: 'string', default: '8' },
  },
});
const rounds = Number(values.rounds);
const MIB = 2 ** 20;
const SAMPLE_MS = 20;
const ROW = '[5.1,3.5,1.4,0.2]';

const print = (line: string) => process.stdout.write(`${line}\n`);

interface Answer {
  readonly status: number;
  readonly ms: number;
  readonly bytes: number;
  readonly timing: string;
}

function bodyOf(mib: number): Buffer {
  const rows = Math.floor((mib * MIB - 16) / (ROW.length + 1));
  return Buffer.from(`{"features":[${`${ROW},`.repeat(rows - 1)}${ROW}]}`);
}

async function post(server: BenchServer, body: Buffer): Promise<Answer> {
  const startedAt = performance.now();
  const headers = { 'content-type': 'application/json', 'content-length': body.length };
  const sent = request(`${server.url}/predict`, { method: 'POST', headers });
  sent.end(body);
  const [response] = await once(sent, 'response');
  let bytes = 0;
  for await (const chunk of response) bytes += chunk.length;
  const timing = String(response.headers['server-timing'] ?? '');
  return { status: response.statusCode, ms: performance.now() - startedAt, bytes, timing };
}

interface Watched<T> {
  readonly result: T;
  /** Of `/livez`, ascending, in milliseconds. */
  readonly waits: readonly number[];
  readonly peakMiB: number;
  /** Processor time of the server's main thread, the answers to `/livez` included. */
  readonly mainThreadMs: number;
}

/** Does the work while another thread asks `/livez` without a pause. */
async function watch<T>(server: BenchServer, work: () => Promise<T>): Promise<Watched<T>> {
  const probe = new Worker(new URL('./probe-livez.ts', import.meta.url), { workerData: server.url });
  await once(probe, 'online');
  let peakMiB = server.residentMiB();
  const sampler = setInterval(() => {
    peakMiB = Math.max(peakMiB, server.residentMiB());
  }, SAMPLE_MS);
  const startedAt = server.mainThreadMs();
  const result = await work();
  const mainThreadMs = server.mainThreadMs() - startedAt;
  clearInterval(sampler);
  probe.postMessage('stop');
  const [waits] = await once(probe, 'message');
  return { result, waits, peakMiB, mainThreadMs };
}

function describe(name: string, mib: number, runs: readonly Watched<Answer>[]): string {
  for (const { result } of runs)
    if (result.status !== 200) throw new Error(`${name}: status ${result.status}`);
  const longest = runs.map(({ waits }) => percentile(waits, 100));
  const figures = [
    name,
    mib,
    (runs[0]!.result.bytes / MIB).toFixed(1),
    median(runs.map(({ result }) => result.ms)).toFixed(0),
    median(runs.map(({ mainThreadMs }) => mainThreadMs)).toFixed(0),
    `${median(longest).toFixed(1)}, ${Math.max(...longest).toFixed(1)}`,
    median(runs.map(({ waits }) => percentile(waits, 99))).toFixed(1),
    Math.max(...runs.map(({ peakMiB }) => peakMiB)).toFixed(0),
    runs.at(-1)!.result.timing,
  ];
  return `| ${figures.join(' | ')} |`;
}

async function measureSize(servers: readonly BenchServer[], mib: number): Promise<void> {
  const body = bodyOf(mib);
  const runs = new Map<BenchServer, Watched<Answer>[]>();
  for (let round = 0; round <= rounds; round++) {
    for (const server of servers) {
      const run = await watch(server, () => post(server, body));
      // The first round warms up.
      if (round > 0) runs.set(server, [...(runs.get(server) ?? []), run]);
    }
  }
  for (const server of servers) print(describe(server.name, mib, runs.get(server) ?? []));
}

async function measureCrowd(server: BenchServer, count: number): Promise<void> {
  const body = bodyOf(64);
  const work = () => Promise.all(Array.from({ length: count }, () => post(server, body)));
  const { result, waits, peakMiB } = await watch(server, work);
  const statuses = result.map(({ status }) => status).sort((left, right) => left - right);
  print(
    `${server.name}: ${count} bodies of 64 MiB at once: ${statuses.join(', ')}; /livez max ` +
      `${percentile(waits, 100).toFixed(1)} ms, p99 ${percentile(waits, 99).toFixed(1)} ms; resident ${peakMiB.toFixed(0)} MiB`,
  );
}

await using cleanup = new AsyncDisposableStack();
const environment = { SWITCHYARD_REQUEST_TIMEOUT_MS: '120000', SWITCHYARD_BODY_TIMEOUT_MS: '60000' };
const servers: BenchServer[] = [];
for (const entry of values.entry.split(',')) {
  const server = await startGateway({ name: entry, entry, environment });
  cleanup.defer(() => server.stop());
  servers.push(server);
}

const [processor] = cpus();
print(`${processor?.model.trim()}, ${cpus().length} cores, Node ${process.version}, ${rounds} rounds`);
const idle = await watch(servers[0]!, () => new Promise((resolve) => setTimeout(resolve, 1_000)));
print(`/livez with nothing else to do: p99 ${percentile(idle.waits, 99).toFixed(1)} ms`);
print(
  '| entry | body MiB | answer MiB | request ms | of the main thread, ms | /livez max ms (median, worst) | p99 ms | resident MiB | timing |',
);
print('|---|---|---|---|---|---|---|---|---|');
for (const mib of values.mib.split(',').map(Number)) await measureSize(servers, mib);
const concurrent = Number(values.concurrent);
if (concurrent > 0) for (const server of servers) await measureCrowd(server, concurrent);
