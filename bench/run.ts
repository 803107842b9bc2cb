import { cpus } from 'node:os';
import { latencies, SCENARIOS, throughput } from './figures.ts';
import { type BenchServer, startBaseline, startGateway, temporaryDirectory } from './servers.ts';
import { median, percentile } from './statistics.ts';

/**
 * `npm run bench [-- --rounds N --seconds S --entry dist/main.js]`: the gateway beside a bare `node:http` server, turn
 * by turn in one run, as ratios of the medians. The machine's noise hits both alike.
 */
const option = (name: string, fallback: string) => {
  const index = process.argv.indexOf(`--${name}`);
  return index < 0 ? fallback : (process.argv[index + 1] ?? fallback);
};
const rounds = Number(option('rounds', '5'));
const seconds = Number(option('seconds', '3'));
const entry = option('entry', 'src/main.ts');

const print = (line: string) => process.stdout.write(`${line}\n`);

await using cleanup = new AsyncDisposableStack();
const keep = (server: BenchServer) => {
  cleanup.defer(() => server.stop());
  return server;
};
const baseline = keep(await startBaseline());
const gateway = keep(await startGateway({ name: 'switchyard', entry }));
const [processor] = cpus();
print(
  `${processor?.model.trim()}, ${cpus().length} cores, Node ${process.version}, ${rounds} rounds of ${seconds} s each, ${entry}`,
);

for (const scenario of SCENARIOS) {
  const measured = new Map<BenchServer, number[]>([
    [baseline, []],
    [gateway, []],
  ]);
  for (let round = 0; round <= rounds; round++) {
    for (const [server, figures] of measured) {
      const figure = await throughput(server.url, scenario, seconds);
      if (round > 0) figures.push(figure); // the first round warms up
    }
  }
  const own = median(measured.get(gateway)!);
  const bare = median(measured.get(baseline)!);
  print(
    `${scenario.name}: ${Math.round(own)} requests/s, node:http ${Math.round(bare)}, ratio ${(own / bare).toFixed(2)}`,
  );
}

const [single] = SCENARIOS;
for (const server of [baseline, gateway, baseline, gateway]) {
  const times = await latencies(server.url, single!, 5_000);
  print(
    `${server.name}, ${single!.name}: p50 ${percentile(times, 50).toFixed(3)} ms, p99 ${percentile(times, 99).toFixed(3)} ms`,
  );
}
print(
  `resident memory with all fixtures loaded: ${gateway.residentMiB().toFixed(0)} MiB (node:http ${baseline.residentMiB().toFixed(0)} MiB)`,
);

const cache = temporaryDirectory('start');
for (const name of ['empty cache', 'filled cache', 'filled cache']) {
  const server = await startGateway({ name, entry, environment: { SWITCHYARD_CACHE_DIR: cache } });
  print(`process start to first answer, ${name}: ${server.firstAnswerMs.toFixed(0)} ms`);
  await server.stop();
}
