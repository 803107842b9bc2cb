import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { largeForest } from '../test/fakes/large-forest.ts';
import { becomeSteady } from './processes/steady-process.ts';
import { measureIsolation, PROBES } from './scenarios/isolation.ts';
import { CHECKOUT } from './servers.ts';

/**
 * `node bench/isolation.ts [--quick] [--forest FILE] [--rate N] [--environment NAME=VALUE …]`: how long `/livez` and cheap models take to answer
 * while a forest of 200 MB loads and while another model's runs of two seconds occupy the worker pool.
 */
becomeSteady();
const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    forest: { type: 'string' },
    rate: { type: 'string', default: '100' },
    environment: { type: 'string', multiple: true, default: [] },
  },
});
const perSecond = Number(values.rate);
const print = (line: string) => process.stdout.write(`${line}\n`);

/** Made by scikit-learn once, and kept outside the checkout. */
async function trainForest(): Promise<string> {
  const folder = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'switchyard-bench');
  const path = join(folder, 'large-forest.onnx');
  if (existsSync(path)) return path;
  print('training a large forest; this takes some minutes, once');
  await mkdir(folder, { recursive: true });
  const run = promisify(execFile);
  const { stdout } = await run(join(CHECKOUT, '.ci/venv.sh'), [
    join(CHECKOUT, 'models-fixtures/requirements.txt'),
  ]);
  const script = join(CHECKOUT, 'bench/make-large-forest.py');
  const made = await run(join(stdout.trim(), 'bin/python'), [script, path]);
  print(made.stdout.trim());
  return path;
}

const directory = await mkdtemp(join(tmpdir(), 'switchyard-bench-isolation-'));
try {
  const largeGraph =
    values.forest ??
    (values.quick ? await largeForest(join(directory, 'forest.onnx'), 40) : await trainForest());
  const { size } = await stat(largeGraph);
  print(`large forest: ${(size / 1e6).toFixed(0)} MB; ${perSecond} requests/s to each model`);
  const phases = await measureIsolation({
    directory,
    largeGraph,
    phaseMs: values.quick ? 5_000 : 15_000,
    // About 2 s on a current server's core.
    slowRunMs: 6_000,
    perSecond,
    environment: Object.fromEntries(values.environment.map((entry) => entry.split(/=(.*)/s).slice(0, 2))),
  });
  const quiet = phases[0]!;
  print(
    '| phase | seconds | cores | who | p50 ms | p99 ms | × quiet p99 | awake p99 ms | × quiet | max ms | answers | failed |',
  );
  print('|---|---|---|---|---|---|---|---|---|---|---|---|');
  for (const phase of phases) {
    for (const probe of PROBES) {
      const { p50Ms, p99Ms, awakeP99Ms, maxMs, count, failed, problem } = phase.probes[probe];
      const ratio = p99Ms / quiet.probes[probe].p99Ms;
      const awake = `${awakeP99Ms.toFixed(2)} | ${(awakeP99Ms / quiet.probes[probe].awakeP99Ms).toFixed(1)}`;
      const times = [p50Ms, p99Ms].map((time) => time.toFixed(2)).join(' | ');
      print(
        `| ${phase.name} | ${phase.seconds.toFixed(1)} | ${phase.cores.toFixed(2)} | ${probe} | ${times} | ` +
          `${ratio.toFixed(1)} | ${awake} | ${maxMs.toFixed(1)} | ${count} | ${failed} |`,
      );
      if (problem !== null) print(`  ${problem}`);
    }
  }
  print(
    `stalls of this process, ms at most: ${phases.map(({ name, ownStallMs }) => `${name} ${ownStallMs.toFixed(0)}`).join(', ')}`,
  );
  const standstills = phases.map(({ name, standstills: all }) =>
    all === null
      ? `${name} not told`
      : `${name} ${all.count} × ${(all.totalMs / Math.max(all.count, 1)).toFixed(0)} ms`,
  );
  print(`standstills of the whole machine: ${standstills.join(', ')}`);
  const resident = phases.map(
    ({ name, residentBytes }) => `${name} ${(residentBytes / 1024 ** 2).toFixed(0)}`,
  );
  print(`resident at the end, MiB: ${resident.join(', ')}`);
  const slow = phases.filter(({ slowAnswers }) => slowAnswers > 0);
  const runs = slow.map(
    ({ name, slowAnswers, slowRunMs }) => `${name} ${slowAnswers}, ${slowRunMs.toFixed(0)} ms`,
  );
  print(`answers of the slow model, its longest run: ${runs.join('; ')}`);
} finally {
  await rm(directory, { recursive: true, force: true });
}
