/** A large version that loads, and runs of two seconds in the worker pool, do not make probes and a cheap model wait for them. */
import { join } from 'node:path';
import { measureIsolation, PROBES } from '../../bench/scenarios/isolation.ts';
import { largeForest } from '../../test/fakes/large-forest.ts';
import { runPart } from './report.ts';

const slowRunMs = 2_000;
/** Whoever waits for a run or a load waits longer; what a busy machine adds is far less. */
const mostMs = slowRunMs / 4;

await runPart('isolation', async (report, directory) => {
  const largeGraph = await largeForest(join(directory, 'forest.onnx'), 40);
  const phases = await measureIsolation({ directory, largeGraph, phaseMs: 5_000, slowRunMs, perSecond: 50 });
  for (const { name, probes, slowAnswers, seconds } of phases) {
    report.note(`${name}: ${seconds.toFixed(1)} s, ${slowAnswers} answers of the slow model`);
    for (const probe of PROBES) {
      const { count, p50Ms, p99Ms, maxMs, failed, problem } = probes[probe];
      const figures = `p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms, at most ${maxMs.toFixed(1)} ms`;
      report.check(
        `${name}, ${probe}: ${count} answers without a failure`,
        count > 0 && failed === 0,
        problem ?? '',
      );
      const isCalm = p99Ms < mostMs;
      report.check(`${name}, ${probe}: ${figures}; p99 under a quarter of a slow run`, isCalm);
    }
  }
});
