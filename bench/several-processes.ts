import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { LoadGenerator, renderRequest } from './load/load-generator.ts';
import type { LoadResult } from './load/load-job.ts';
import { findFreePort } from './processes/free-port.ts';
import { ServerProcess } from './processes/server-process.ts';
import { CHECKOUT, temporaryDirectory } from './servers.ts';
import { median } from './statistics.ts';

/**
 * `node bench/several-processes.ts [--entry dist/main.js] [--rounds N] [--seconds S] [--processes 1,2]`: requests/s,
 * latencies, processor time and memory with so many processes on one port, in turn within each round. Nothing but the
 * load generator is pinned to a core.
 */
const CONNECTIONS = [1, 32, 256];

const { values } = parseArgs({
  options: {
    entry: { type: 'string', default: 'src/main.ts' },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '2' },
    processes: { type: 'string', default: '1,2' },
  },
});

interface Group {
  readonly processes: string;
  readonly port: number;
  readonly server: ServerProcess;
  readonly results: Map<number, LoadResult[]>;
}

async function start(processes: string): Promise<Group> {
  const port = await findFreePort();
  const directory = temporaryDirectory('processes');
  const server = new ServerProcess({
    command: [process.execPath, join(CHECKOUT, values.entry), 'serve', '--port', String(port)],
    environment: {
      SWITCHYARD_PROCESSES: processes,
      SWITCHYARD_MODELS: 'models:/iris/Production',
      SWITCHYARD_CACHE_DIR: join(directory, 'cache'),
      SWITCHYARD_LOG_LEVEL: 'warn',
    },
    directory,
    logFile: join(directory, 'server.log'),
  });
  const isReady = async () => (await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => null))?.ok === true;
  await server.untilFirstAnswer(isReady, 60_000);
  return { processes, port, server, results: new Map() };
}

const print = (line: string) => process.stdout.write(`${line}\n`);
const groups: Group[] = [];
for (const processes of values.processes.split(',')) groups.push(await start(processes));
const generator = new LoadGenerator();
const request = renderRequest('/predict', '{"features":[5.1,3.5,1.4,0.2]}', 'application/json');
for (let round = 0; round < Number(values.rounds); round++) {
  for (const connections of CONNECTIONS) {
    for (const { port, server, results } of groups) {
      const result = await generator.run({
        port,
        requests: [request],
        connections,
        rate: null,
        leadMs: 500,
        measureMs: Number(values.seconds) * 1000,
        serverPid: server.pid,
      });
      if (result.failure !== null) throw new Error(result.failure);
      results.set(connections, [...(results.get(connections) ?? []), result]);
    }
  }
}
print(
  '| connections | processes | requests/s | p50 | p99 | processor time a request | load generator busy |',
);
print('|---|---|---|---|---|---|---|');
for (const connections of CONNECTIONS) {
  for (const { processes, results } of groups) {
    const of = (figure: (result: LoadResult) => number) => median(results.get(connections)!.map(figure));
    const rates = results.get(connections)!.map(({ requestsPerSecond }) => requestsPerSecond);
    const spread = `${Math.min(...rates).toFixed(0)}–${Math.max(...rates).toFixed(0)}`;
    print(
      `| ${connections} | ${processes} | ${of((result) => result.requestsPerSecond).toFixed(0)} (${spread}) ` +
        `| ${of((result) => result.p50Ms).toFixed(2)} ms | ${of((result) => result.p99Ms).toFixed(2)} ms ` +
        `| ${of((result) => result.cpuMicrosPerRequest).toFixed(1)} µs ` +
        `| ${(of((result) => result.generatorBusy) * 100).toFixed(0)} % |`,
    );
  }
}
for (const { processes, server } of groups)
  print(`memory with ${processes}: ${server.memoryMiB().toFixed(0)} MiB`);
await generator.stop();
for (const { server } of groups) await server.stop();
