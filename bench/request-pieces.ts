import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LoadGenerator, renderRequest } from './load/load-generator.ts';
import { describeMachine } from './machine.ts';
import { findFreePort } from './processes/free-port.ts';
import { pinToCore, SERVER_CORE } from './processes/pin-to-core.ts';
import { ServerProcess } from './processes/server-process.ts';
import { timePieces } from './scenarios/request-pieces.ts';
import { temporaryDirectory } from './servers.ts';
import { median } from './statistics.ts';

/**
 * `node bench/request-pieces.ts [--quick]`: what the pieces of a request cost. First whole servers that differ by one
 * step, by the processor time that a request takes of the server at 32 connections, turn by turn; then pieces of code,
 * each beside what it replaced.
 */
const isQuick = process.argv.includes('--quick');
const rounds = isQuick ? 2 : 7;
const measureMs = isQuick ? 500 : 1_500;
const print = (line: string) => process.stdout.write(`${line}\n`);

const STEPS = [
  ['node', 'node:http, JSON.parse, constant answer'],
  ['headers', 'the same with the headers of a model answer'],
  ['router', 'behind Hono, body read from Node, a Response'],
  ['router-body', 'behind Hono, body read by its Request, a Response'],
] as const;

const body = '{"features":[5.1,3.5,1.4,0.2]}';
const scratch = temporaryDirectory('pieces');
const entry = fileURLToPath(new URL('floors/step-server.ts', import.meta.url));

await using cleanup = new AsyncDisposableStack();
const generator = new LoadGenerator();
cleanup.defer(() => generator.stop());
const servers: { title: string; port: number; server: ServerProcess; micros: number[] }[] = [];
for (const [step, title] of STEPS) {
  const port = await findFreePort();
  const server = new ServerProcess({
    command: pinToCore(SERVER_CORE, [process.execPath, entry, String(port), step]),
    environment: {},
    directory: scratch,
    logFile: join(scratch, `${step}.log`),
  });
  cleanup.defer(() => server.stop());
  const answers = () =>
    fetch(`http://127.0.0.1:${port}/predict`, { method: 'POST', body }).then(
      (response) => response.status === 200,
      () => false,
    );
  await server.untilFirstAnswer(answers, 20_000);
  servers.push({ title, port, server, micros: [] });
}

for (let round = 0; round < rounds; round++) {
  for (const { title, port, server, micros } of servers) {
    const result = await generator.run({
      port,
      requests: [renderRequest('/predict', body, 'application/json')],
      connections: 32,
      rate: null,
      leadMs: 300,
      measureMs,
      serverPid: server.pid,
    });
    if (result.failure !== null) throw new Error(`${title}: ${result.failure}`);
    micros.push(result.cpuMicrosPerRequest);
  }
}

print(`${describeMachine()}; medians of ${rounds} rounds\n`);
print('| server, 1 row, 32 connections | µs of processor time a request | beside the first |');
print('|---|---|---|');
const first = median(servers[0]!.micros);
for (const { title, micros } of servers) {
  const own = median(micros);
  print(`| ${title} | ${own.toFixed(1)} | ${own === first ? '' : `+${(own - first).toFixed(1)}`} |`);
}

print('\n| piece | µs | what it replaced | µs |');
print('|---|---|---|---|');
for (const { name, micros, replaced } of timePieces(isQuick)) {
  print(
    `| ${name} | ${micros.toFixed(2)} | ${replaced?.name ?? ''} | ${replaced?.micros.toFixed(2) ?? ''} |`,
  );
}
