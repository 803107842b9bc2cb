import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type ManyModelsFigures, measureManyModels } from './scenarios/many-models.ts';

/**
 * `node bench/many-models.ts [--quick] [--counts 1,10,…]`: what 1 to 200 small models in one process take: start, memory,
 * polls, and requests spread over all of them at a fixed rate.
 */
const { values } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, counts: { type: 'string' } },
});
const counts = (values.counts ?? (values.quick ? '1,20,60' : '1,10,50,100,200')).split(',').map(Number);
const perSecond = 400;
const seconds = values.quick ? 4 : 10;

const print = (line: string) => process.stdout.write(`${line}\n`);
const mebibytes = (bytes: number) => (bytes / 1024 ** 2).toFixed(1);

print(`${perSecond} requests/s for ${seconds} s, spread over all models`);
print(
  '| models | cold start ms | warm start ms | resident MiB | MiB a model | CPU ms a poll | CPU ms a scrape | CPU ms a request | p50 ms | p99 ms | failed |',
);
print('|---|---|---|---|---|---|---|---|---|---|---|');
let first: ManyModelsFigures | null = null;
for (const models of counts) {
  const directory = await mkdtemp(join(tmpdir(), 'switchyard-bench-models-'));
  try {
    const figures = await measureManyModels({ directory, models, perSecond, seconds });
    first ??= figures;
    const more = models - first.models;
    const cells = [
      `${models}`,
      figures.coldStartMs.toFixed(0),
      figures.warmStartMs.toFixed(0),
      mebibytes(figures.residentBytes),
      more === 0 ? '' : mebibytes((figures.residentBytes - first.residentBytes) / more),
      figures.pollCpuMs.toFixed(1),
      figures.scrapeCpuMs.toFixed(1),
      figures.requestCpuMs.toFixed(3),
      figures.p50Ms.toFixed(2),
      figures.p99Ms.toFixed(2),
      `${figures.failed} of ${figures.answered}`,
    ];
    print(`| ${cells.join(' | ')} |`);
    if (figures.failed > 0 || figures.serving !== models) {
      print(`  ${figures.serving} of ${models} serve; ${figures.problem}`);
      process.exitCode = 1;
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
