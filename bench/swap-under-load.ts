import { readFileSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'undici';
import { movePointer } from '../src/registry/directory/edit-registry.ts';
import { CHECKOUT, startGateway, temporaryDirectory } from './servers.ts';
import { percentile } from './statistics.ts';

/**
 * `node bench/swap-under-load.ts [--entry dist/main.js]`: flips iris between its versions under load and checks every
 * answer against the version that its header names. Prints failures, wrong answers, and p99 with and without swaps.
 */
const CONNECTIONS = 16;
const PHASE_MS = 8_000;
const FLIP_MS = 500;

interface Expected {
  readonly inputs: { readonly rows: readonly (readonly number[])[] };
  readonly onnxruntime: {
    readonly labels: readonly number[];
    readonly probabilities: readonly (readonly number[])[];
  };
}

const entryIndex = process.argv.indexOf('--entry');
const entry = entryIndex < 0 ? 'src/main.ts' : process.argv[entryIndex + 1]!;
const print = (line: string) => process.stdout.write(`${line}\n`);

const registry = temporaryDirectory('registry');
await cp(join(CHECKOUT, 'models-fixtures/iris'), join(registry, 'iris'), { recursive: true });
const expected = new Map(['1', '2'].map((version) => [version, readExpected(version)]));
const gateway = await startGateway({
  name: 'switchyard',
  entry,
  environment: {
    SWITCHYARD_REGISTRY_DIR: registry,
    SWITCHYARD_MODELS: 'models:/iris/Production',
    SWITCHYARD_POLL_INTERVAL_MS: '100',
  },
});
const counts = { answers: 0, failed: 0, wrong: 0, seen: new Map<string, number>() };
let phase: number[] = [];
let isStopping = false;
const load = Array.from({ length: CONNECTIONS }, (_, index) => ask(index));

const quiet = await measure(async () => {});
let flips = 0;
const flipping = await measure(async () => {
  flips++;
  await movePointer(registry, 'iris', {
    kind: 'stage',
    stage: 'Production',
    version: flips % 2 === 1 ? '2' : '1',
  });
});
isStopping = true;
await Promise.all(load);
await gateway.stop();

print(`${counts.answers} answers on ${CONNECTIONS} connections, ${flips} moves of the stage`);
print(`answers by version: ${[...counts.seen].map(([version, count]) => `${version}: ${count}`).join(', ')}`);
print(`failed: ${counts.failed}, wrong for the version named: ${counts.wrong}`);
print(`p50/p99 without swaps: ${describe(quiet)}, with: ${describe(flipping)}`);
process.exitCode = counts.failed + counts.wrong === 0 && counts.seen.size === 2 ? 0 : 1;

function readExpected(version: string): Expected {
  return JSON.parse(
    readFileSync(join(CHECKOUT, 'models-fixtures/iris', version, 'expected.json'), 'utf8'),
  ) as Expected;
}

async function measure(disturb: () => Promise<void>): Promise<number[]> {
  phase = [];
  const own = phase;
  const endsAt = performance.now() + PHASE_MS;
  while (performance.now() < endsAt) {
    await disturb();
    await new Promise((resolve) => setTimeout(resolve, FLIP_MS));
  }
  return own.sort((left, right) => left - right);
}

function describe(sorted: readonly number[]): string {
  return `${percentile(sorted, 50).toFixed(2)}/${percentile(sorted, 99).toFixed(2)} ms`;
}

async function ask(first: number): Promise<void> {
  const client = new Client(gateway.url);
  const { rows } = expected.get('1')!.inputs;
  for (let index = first; !isStopping; index++) {
    const row = index % rows.length;
    const times = phase;
    const startedAt = performance.now();
    try {
      const response = await client.request({
        path: '/predict',
        method: 'POST',
        body: JSON.stringify({ features: rows[row] }),
      });
      const text = await response.body.text();
      times.push(performance.now() - startedAt);
      check(response.statusCode, String(response.headers['x-model-version']), row, text);
    } catch {
      counts.failed++;
    }
  }
  await client.close();
}

function check(status: number, version: string, row: number, text: string): void {
  counts.answers++;
  if (status !== 200) {
    counts.failed++;
    return;
  }
  counts.seen.set(version, (counts.seen.get(version) ?? 0) + 1);
  const { labels, probabilities } = expected.get(version)!.onnxruntime;
  const answer = JSON.parse(text) as { prediction: number; probability: number };
  const best = Math.max(...probabilities[row]!);
  if (answer.prediction !== labels[row] || Math.abs(answer.probability - best) > 1e-6) counts.wrong++;
}
