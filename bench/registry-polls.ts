import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { measureFleet } from './scenarios/registry-fleet.ts';
import { FilledServer, measurePolls, modelNames } from './scenarios/registry-polls.ts';

/**
 * `node bench/registry-polls.ts [--quick] [--only polls|fleet] [--mlflow 2,3] [--gateways N]`: requests and the server's
 * processor time of one poll, by how many models and pointers there are; then a fleet's worth of polls on one server.
 */
const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    mlflow: { type: 'string', default: '2,3' },
    gateways: { type: 'string', default: '100' },
  },
});
const counts = values.quick ? [1, 100] : [1, 100, 1000];
const gateways = Number(values.gateways);
const seconds = values.quick ? 10 : 30;
const versions = values.mlflow.split(',').filter((major) => major === '2' || major === '3');

/** The registry that a fleet follows. */
const FLEET_MODELS = 100;
const polls: (string | number)[][] = [];
const fleets: (string | number)[][] = [];
const print = (line: string) => process.stdout.write(`${line}\n`);

/** What a gateway may follow of so many models. */
function followed(models: number): readonly (readonly [what: string, uris: readonly string[]])[] {
  const names = modelNames(models);
  const few = names.slice(0, 3);
  return [
    ['names, stage', names.map((name) => `models:/${name}/Production`)],
    ['names, alias', names.map((name) => `models:/${name}@champion`)],
    ...(models > few.length
      ? ([['3 names, stage', few.map((name) => `models:/${name}/Production`)]] as const)
      : []),
    ['wildcard, stage', ['models:/*/Production']],
    ['wildcard, alias', ['models:/*@champion']],
  ];
}

async function measure(filled: FilledServer, major: string): Promise<void> {
  for (const models of counts) {
    filled.fillTo(models);
    for (const [what, uris] of values.only === 'fleet' ? [] : followed(models)) {
      const { firstRequests, requests, serverCpuMs, ownCpuMs, tookMs } = await measurePolls(
        filled,
        uris,
        models < 1000 ? 20 : 5,
      );
      const times = [serverCpuMs, ownCpuMs, tookMs].map((value) => value.toFixed(1));
      polls.push([major, models, what, firstRequests, requests, ...times]);
    }
    if (models === FLEET_MODELS && values.only !== 'polls') await measureFleets(filled, major);
  }
}

async function measureFleets(filled: FilledServer, major: string): Promise<void> {
  for (const [what, uris, interval] of [
    ['1 name, stage', ['models:/model-0000/Production'], 5],
    ['wildcard, stage', ['models:/*/Production'], 5],
    ['wildcard, stage', ['models:/*/Production'], 30],
  ] as const) {
    const pollIntervalMs = interval * 1000;
    const figures = await measureFleet(filled, { gateways, uris, pollIntervalMs, seconds });
    const { pollsPerSecond, serverCores, p50Ms, p99Ms, failed } = figures;
    const rates = [pollsPerSecond.toFixed(1), serverCores.toFixed(2)];
    fleets.push([major, what, interval, ...rates, p50Ms.toFixed(0), p99Ms.toFixed(0), failed]);
  }
}

function printTable(head: readonly string[], rows: readonly (readonly (string | number)[])[]): void {
  if (rows.length === 0) return;
  print('');
  for (const cells of [head, head.map(() => '---'), ...rows]) print(`| ${cells.join(' | ')} |`);
}

for (const major of versions) {
  const directory = await mkdtemp(join(tmpdir(), 'switchyard-bench-polls-'));
  try {
    await using filled = await FilledServer.start(directory, major);
    await measure(filled, major);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
print(
  `load average ${loadavg()
    .map((value) => value.toFixed(1))
    .join(', ')} on ${availableParallelism()} processors`,
);
printTable(
  [
    ...['MLflow', 'models', 'followed', 'requests, first poll', 'requests a poll'],
    ...['server CPU ms a poll', 'own CPU ms a poll', 'ms a poll'],
  ],
  polls,
);
print(`\n${gateways} gateways, a registry of ${FLEET_MODELS} models, ${seconds} s each`);
printTable(
  ['MLflow', 'followed', 'poll interval s', 'polls/s', 'server, cores', 'p50 ms', 'p99 ms', 'failed'],
  fleets,
);
