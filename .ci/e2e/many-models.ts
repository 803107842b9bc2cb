/** Sixty models in one process all serve, cold and warm, and each costs about what each of twenty does. */
import { join } from 'node:path';
import { measureManyModels } from '../../bench/scenarios/many-models.ts';
import { runPart } from './report.ts';

/** What a measured ratio may be off by on a busy machine. */
const tolerance = 2;

await runPart('many models', async (report, directory) => {
  const measure = (models: number) =>
    measureManyModels({ directory: join(directory, String(models)), models, perSecond: 200, seconds: 4 });
  const few = await measure(20);
  const many = await measure(60);
  for (const figures of [few, many]) {
    const { models, serving, answered, failed, problem } = figures;
    report.note(
      `${models} models: cold start ${figures.coldStartMs.toFixed(0)} ms, warm ${figures.warmStartMs.toFixed(0)} ms, ` +
        `${(figures.residentBytes / 1024 ** 2).toFixed(0)} MiB, ${figures.pollCpuMs.toFixed(1)} ms CPU a poll, ` +
        `${figures.requestCpuMs.toFixed(3)} ms CPU a request`,
    );
    report.check(`${models} models: all serve`, serving === models, `${serving} serve`);
    report.check(`${models} models: ${answered} answers, none fails`, answered > 0 && failed === 0, problem);
  }
  const claim = (what: string, value: (figures: typeof few) => number, most: number) => {
    const ratio = value(many) / value(few);
    report.check(
      `three times the models: ${ratio.toFixed(2)} times the ${what}, at most ${most}`,
      ratio <= most,
    );
  };
  claim('CPU time of a poll', (figures) => figures.pollCpuMs, 3 * tolerance);
  claim('CPU time of a request', (figures) => figures.requestCpuMs, tolerance);
  claim('time of a cold start', (figures) => figures.coldStartMs, 3 * tolerance);
  const perModelMiB = (many.residentBytes - few.residentBytes) / 40 / 1024 ** 2;
  report.check(`a model takes ${perModelMiB.toFixed(1)} MiB, at most 5`, perModelMiB <= 5);
});
