import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fitLine } from './scenarios/fit-line.ts';
import {
  runSwapSeries,
  type SwapSample,
  type SwapSeries,
  type SwapSeriesOptions,
} from './scenarios/swaps.ts';

/**
 * `node bench/lifetimes.ts [--quick] [--swaps N] [--only new-inline,…] [--environment NAME=VALUE …]`: what the server keeps of 300 swaps under
 * load: memory (slope by least squares after the warm-up), threads, descriptors, versions that are not closed.
 */
const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    swaps: { type: 'string' },
    only: { type: 'string', default: 'new-inline,new-worker,known-inline,known-worker' },
    environment: { type: 'string', multiple: true, default: [] },
  },
});
const swaps = Number(values.swaps ?? (values.quick ? 60 : 300));
const sampleEvery = Math.max(1, Math.round(swaps / 60));
/** The heap and the allocators find their size in the first third. */
const warmUpSwaps = Math.floor(swaps / 3);

const print = (line: string) => process.stdout.write(`${line}\n`);
const mebibytes = (bytes: number) => (bytes / 1024 ** 2).toFixed(1);

function printSeries(name: string, series: SwapSeries): void {
  const { samples, seconds, answered, failed, wrong } = series;
  print(
    `\n${name}: ${swaps} swaps in ${seconds.toFixed(0)} s, ${answered} answers, ${failed} failed, ${wrong} wrong, exit ${series.exitCode}`,
  );
  print('| swaps | resident MiB | heap used MiB | external MiB | threads | descriptors | open versions |');
  print('|---|---|---|---|---|---|---|');
  const step = Math.max(1, Math.round((samples.length - 1) / 6));
  for (const sample of samples.filter((_, index) => index % step === 0)) {
    const cells = [
      sample.swaps,
      mebibytes(sample.residentBytes),
      mebibytes(sample.heapUsedBytes),
      mebibytes(sample.externalBytes),
      sample.threads,
      sample.descriptors,
      sample.openVersions,
    ];
    print(`| ${cells.join(' | ')} |`);
  }
  const warm = samples.filter((sample) => sample.swaps >= warmUpSwaps);
  const slope = (value: (sample: SwapSample) => number) => {
    const line = fitLine(warm.map((sample) => [sample.swaps, value(sample)]));
    return `${(line.slope / 1024).toFixed(1)} ± ${(line.slopeError / 1024).toFixed(1)}`;
  };
  print(
    `slope after ${warmUpSwaps} swaps, KiB a swap: resident ${slope((sample) => sample.residentBytes)}, ` +
      `heap used ${slope((sample) => sample.heapUsedBytes)}, external ${slope((sample) => sample.externalBytes)}`,
  );
}

for (const name of values.only.split(',')) {
  const [versions, placement] = name.split('-') as [
    SwapSeriesOptions['versions'],
    SwapSeriesOptions['placement'],
  ];
  const directory = await mkdtemp(join(tmpdir(), 'switchyard-bench-lifetimes-'));
  try {
    const series = await runSwapSeries({
      directory,
      placement,
      versions,
      swaps,
      sampleEvery,
      connections: 8,
      environment: Object.fromEntries(values.environment.map((entry) => entry.split(/=(.*)/s).slice(0, 2))),
    });
    printSeries(`${versions} versions, ${placement}`, series);
    for (const problem of series.problems) print(`  ${problem}`);
    if (series.failed + series.wrong > 0 || series.exitCode !== 0) process.exitCode = 1;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
