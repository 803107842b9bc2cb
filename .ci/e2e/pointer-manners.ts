import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { readProcessFigures } from '../../bench/scenarios/process-figures.ts';
import { parseModelUri } from '../../src/model/model-uri.ts';
import { createMlflowRegistry } from '../../src/registry/mlflow/mlflow-registry.ts';
import { CountingProxy } from './counting-proxy.ts';
import type { PointerCases } from './pointer-cases.ts';
import type { Report } from './report.ts';
import { waitUntil } from './wait-until.ts';

export interface RequestCases extends PointerCases {
  readonly proxy: CountingProxy;
  readonly report: Report;
  readonly pollMs: number;
}

const many = 2_050;
const pages = 3;
const search = 'registered-models/search';

/** Requests a poll with thousands of models, and what a refusal does to them. */
export async function checkRequests(cases: RequestCases): Promise<void> {
  const { rows, followed, proxy } = cases;
  await checkIdlePolls(cases);
  const names = Array.from({ length: many }, (_, index) => `many-${String(index).padStart(4, '0')}`);
  rows.add('iris', {
    names,
    versions: 3,
    stages: { 1: 'Production', 2: 'Production' },
    aliases: { kept: 1 },
  });
  // Kept away meanwhile: the server is busy enough with so many models.
  proxy.refusal = { status: 503, headers: { 'retry-after': '300' } };
  await checkWildcards(cases);
  proxy.refusal = null;
  await followed.gateway.operate('POST', '/models/stage/refresh');

  await checkPages(cases);

  proxy.refusal = { status: 429, headers: { 'retry-after': '3' } };
  await waitUntil('the gateway is refused', 30_000, async () => proxy.take().length > 0);
  await sleep(4_000);
  proxy.refusal = null;
  const between = proxy.take().map(({ at }) => at);
  followed.claim(
    'after a 429 with Retry-After: 3 it comes back once in 4 s',
    between.length <= 1,
    between.length,
  );
  await waitUntil('the gateway polls again', 15_000, async () => proxy.take().length > 0);
}

/** Polls while nothing changes: the gateway does nothing with their answers. */
async function checkIdlePolls({ followed, proxy, report, major }: RequestCases): Promise<void> {
  await takeSearches(proxy, 5); // whatever the last case has left to say
  const { pid } = followed.gateway.process;
  const before = { ...readProcessFigures(pid), writtenBytes: await writtenBytes(pid) };
  const polls = 10;
  await takeSearches(proxy, polls);
  const cpuMs = (readProcessFigures(pid).cpuMs - before.cpuMs) / polls;
  const written = (await writtenBytes(pid)) - before.writtenBytes;
  report.note(`MLflow ${major}: an idle poll takes ${cpuMs.toFixed(1)} ms CPU of the gateway`);
  followed.claim('idle polls write nothing to the disk', written === 0, written);
}

async function checkPages({ followed, proxy, report, major }: RequestCases): Promise<void> {
  await takeSearches(proxy, pages); // the models that were added are new
  const requests = await takeSearches(proxy, 2 * pages);
  const other = requests.filter((route) => route !== search);
  report.note(`MLflow ${major}: 2 polls among ${many} models: ${requests.length} requests`);
  // Names that the search lacks (the renamed model) are asked for once a minute.
  followed.claim(`polls among ${many} models are the pages of one search`, other.length <= 2, other);
}

/** Waits for so many requests of a search. @returns all routes that were asked until then */
async function takeSearches(proxy: CountingProxy, count: number): Promise<readonly string[]> {
  const routes: string[] = [];
  proxy.take();
  await waitUntil('the gateway has polled', 120_000, async () => {
    routes.push(...proxy.take().map(({ route }) => route));
    return routes.filter((route) => route === search).length >= count;
  });
  return routes;
}

/** What a process has caused to be written to storage so far. */
async function writtenBytes(pid: number): Promise<number> {
  return Number(/^write_bytes: (\d+)/m.exec(await readFile(`/proc/${pid}/io`, 'utf8'))?.[1]);
}

/** What a poll for every model costs: the adapter itself, since two thousand models would have to be loaded. */
async function checkWildcards({ server, followed, report, major }: RequestCases): Promise<void> {
  const counting = await CountingProxy.start(server.uri);
  const registry = createMlflowRegistry({
    uri: counting.uri,
    credentials: null,
    tls: { insecure: false, caPath: null, clientCertPath: null },
    requestTimeoutMs: 60_000,
    workspace: null,
  });
  for (const [uri, version, notes] of [
    ['models:/*/Production', '2', 1],
    ['models:/*@kept', '1', 0],
  ] as const) {
    const seen: number[] = [];
    for (let poll = 0; poll < 2; poll++) {
      const [resolution] = await registry.resolve([parseModelUri(uri)], new AbortController().signal);
      const own = resolution?.states.filter(({ name }) => name.startsWith('many-')) ?? [];
      const right = own.filter(
        (state) =>
          state.outcome === 'found' && state.version.version === version && state.notes.length === notes,
      );
      followed.claim(`${uri} resolves ${many} models, poll ${poll + 1}`, right.length === many, right.length);
      seen.push(counting.take().length);
    }
    report.note(`MLflow ${major}: ${uri} of ${many} models: ${seen.join(', then ')} requests`);
    const isFew = seen[0] === pages + 1 && seen[1] === pages;
    followed.claim(`${uri}: the first poll takes one search more, the next ones none`, isFew, seen);
  }
  await registry.close();
  await counting.close();
}
