import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LoadGenerator } from './load/load-generator.ts';
import { describeCommit, describeMachine } from './machine.ts';
import { type ModelFigures, measureModel } from './measure-model.ts';
import { measureStarts } from './measure-starts.ts';
import { prepareModels } from './models/prepare-models.ts';
import { type BenchOptions, parseOptions, USAGE } from './options.ts';
import { prepareEnvironment } from './peers/prepare-environment.ts';
import { canPin, LOAD_CORE, pinThisProcess } from './processes/pin-to-core.ts';
import { renderChart } from './report/chart.ts';
import type { RunReport } from './report/run-report.ts';
import { renderTables } from './report/tables.ts';
import { CHECKOUT } from './servers.ts';
import type { PeerEnvironments, Target } from './targets/target.ts';

/** `npm run bench`: Switchyard beside its floors and its peers, in one interleaved run. */
const tell = (line: string) => process.stderr.write(`${Math.round(performance.now() / 1000)} s: ${line}\n`);

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  let options: BenchOptions | null;
  try {
    options = parseOptions(args);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n${USAGE}\n`);
    return 2;
  }
  if (options === null) {
    process.stdout.write(`${USAGE}\n`);
    return 0;
  }
  const report = await run(options);
  process.stdout.write(`${renderTables(report)}\n`);
  if (options.resultsDirectory !== null) writeResults(report, options.resultsDirectory);
  return 0;
}

async function run(options: BenchOptions): Promise<RunReport> {
  if (options.entry.startsWith('dist/')) execFileSync('npm', ['run', '--silent', 'build'], { cwd: CHECKOUT });
  const { environments, available, missing } = prepareEnvironments(options);
  const models = prepareModels(options.models, environments.peers, options.cacheDirectory);
  const scratch = mkdtempSync(join(tmpdir(), 'switchyard-bench-'));
  const context = { entry: join(CHECKOUT, options.entry), environments, scratch };
  pinThisProcess(LOAD_CORE);
  const generator = new LoadGenerator();
  try {
    const measured: ModelFigures[] = [];
    for (const model of models) {
      measured.push(
        await measureModel({
          model,
          targets: available,
          loads: model === models[0] ? options.loads : options.otherLoads,
          rounds: options.rounds,
          measureMs: options.secondsPerRound * 1000,
          generator,
          context,
          tell,
        }),
      );
    }
    // After the first model: everything that starts is in the system's page cache by then.
    tell('process start to first answer');
    const starts = await measureStarts({
      model: models[0]!,
      targets: available,
      starts: options.starts,
      context,
    });
    return {
      machine: describeMachine(),
      node: process.version,
      commit: describeCommit(),
      date: new Date().toISOString().slice(0, 10),
      entry: options.entry,
      isPinned: canPin,
      rounds: options.rounds,
      secondsPerRound: options.secondsPerRound,
      cells: measured.flatMap(({ cells }) => cells),
      starts,
      memory: measured[0]?.memory ?? [],
      missing: [...missing, ...measured.flatMap((figures) => figures.missing)],
    };
  } finally {
    await generator.stop();
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** A peer whose environment cannot be made is left out; the first one also makes the models. */
function prepareEnvironments({ targets, cacheDirectory }: BenchOptions) {
  const missing: { target: string; reason: string }[] = [];
  const environments: { -readonly [Key in keyof PeerEnvironments]: string } = {
    peers: prepareEnvironment('requirements.txt', cacheDirectory),
    mlserver: '',
  };
  let available: readonly Target[] = targets;
  if (targets.some(({ needs }) => needs === 'mlserver')) {
    try {
      environments.mlserver = prepareEnvironment('mlserver-requirements.txt', cacheDirectory);
    } catch (error) {
      const reason = (error as Error).message;
      for (const { name, needs } of targets) if (needs === 'mlserver') missing.push({ target: name, reason });
      available = targets.filter(({ needs }) => needs !== 'mlserver');
      tell(reason);
    }
  }
  return { environments, available, missing };
}

function writeResults(report: RunReport, directory: string): void {
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'peers.json'), `${JSON.stringify(report, null, 1)}\n`);
  writeFileSync(join(directory, 'peers.md'), `${renderTables(report)}\n`);
  writeFileSync(join(directory, 'peers.svg'), renderChart(report));
  tell(`written to ${directory}`);
}
