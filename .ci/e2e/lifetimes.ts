/** Swaps under load, one after the other, keep nothing: memory, threads, descriptors and versions stay what they were. */
import { join } from 'node:path';
import { runSwapSeries } from '../../bench/scenarios/swaps.ts';
import { runPart } from './report.ts';

const swaps = 60;
/** By then caches, heap and allocators have about the size that they keep. */
const warmUpSwaps = 30;
/** Ten times of what a swap leaves when all is well, a fifth of one version of the model. */
const mostGrowthMiB = 40;

await runPart('lifetimes', async (report, directory) => {
  for (const placement of ['inline', 'worker'] as const) {
    const series = await runSwapSeries({
      directory: join(directory, placement),
      placement,
      versions: 'new',
      swaps,
      sampleEvery: 10,
      connections: 4,
    });
    const { samples, answered, failed, wrong, problems, exitCode, seconds } = series;
    report.note(`${placement}: ${swaps} swaps in ${seconds.toFixed(0)} s, ${answered} answers`);
    report.check(`${placement}: every answer is right`, answered > 0 && failed + wrong === 0, problems);
    const first = samples.find((sample) => sample.swaps === warmUpSwaps)!;
    const last = samples.at(-1)!;
    const growthMiB = (last.residentBytes - first.residentBytes) / 1024 ** 2;
    report.check(
      `${placement}: ${swaps - warmUpSwaps} swaps add ${growthMiB.toFixed(1)} MiB, at most ${mostGrowthMiB}`,
      growthMiB <= mostGrowthMiB,
      samples,
    );
    report.check(`${placement}: no more threads (${last.threads})`, last.threads <= first.threads, samples);
    // A poll or a trial may have files open at the moment of the sample.
    report.check(
      `${placement}: no more descriptors (${last.descriptors})`,
      last.descriptors <= first.descriptors + 5,
      samples,
    );
    report.check(
      `${placement}: only current, previous and what drains are open (${last.openVersions})`,
      last.openVersions <= 3,
      samples,
    );
    report.check(`${placement}: SIGTERM ends it with exit code 0`, exitCode === 0, String(exitCode));
  }
});
