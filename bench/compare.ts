import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LoadGenerator } from './load/load-generator.ts';
import { describeCommit, describeMachine } from './machine.ts';
import { type ModelFigures, measureModel } from './measure-model.ts';
import { measureStarts } from './measure-starts.ts';
import { prepareModels } from './models/prepare-models.ts';
import type { BenchOptions } from './options.ts';
import { prepareEnvironments } from './peers/prepare-environments.ts';
import { canPin, LOAD_CORE, pinThisProcess } from './processes/pin-to-core.ts';
import type { RunReport } from './report/run-report.ts';
import { CHECKOUT } from './servers.ts';

/** Long enough for Node to compile what is hot. */
const WARM_UP_MS = 1_200;

/**
 * One whole run: environments and models, then model after model with all targets side by side, then their starts.
 *
 * @throws Error if the models cannot be made; a target that cannot be measured is named in the report instead
 */
export async function compare(options: BenchOptions, tell: (line: string) => void): Promise<RunReport> {
  const commit = describeCommit();
  const { environments, available, missing } = prepareEnvironments(options.targets, options.cacheDirectory);
  for (const { target, reason } of missing) tell(`${target} is left out, ${reason}`);
  const models = prepareModels(options.models, environments.peers, options.cacheDirectory);
  const scratch = mkdtempSync(join(tmpdir(), 'switchyard-bench-'));
  const context = { entry: join(CHECKOUT, options.entry), environments, scratch };
  pinThisProcess(LOAD_CORE);
  const generator = new LoadGenerator();
  const measured: ModelFigures[] = [];
  try {
    for (const model of models) {
      const loads = model === models[0] ? options.loads : options.otherLoads;
      const { rounds, secondsPerRound } = options;
      const times = { rounds, warmUpMs: WARM_UP_MS, measureMs: secondsPerRound * 1000 };
      measured.push(
        await measureModel({ model, targets: available, loads, ...times, generator, context, tell }),
      );
    }
    tell('process start to first answer'); // last: everything that starts is in the system's page cache by now
    const [model] = models;
    const starts = await measureStarts({
      model: model!,
      targets: available,
      starts: options.starts,
      context,
    });
    return { ...describeRun(options, commit), ...joinFigures(measured, missing), starts };
  } finally {
    await generator.stop();
    rmSync(scratch, { recursive: true, force: true });
  }
}

function describeRun({ entry, rounds, secondsPerRound }: BenchOptions, commit: string) {
  return {
    machine: describeMachine(),
    node: process.version,
    commit,
    date: new Date().toISOString().slice(0, 10),
    entry,
    isPinned: canPin,
    rounds,
    secondsPerRound,
  };
}

function joinFigures(measured: readonly ModelFigures[], missing: RunReport['missing']) {
  return {
    cells: measured.flatMap(({ cells }) => cells),
    memory: measured[0]?.memory ?? [],
    missing: [...missing, ...measured.flatMap((figures) => figures.missing)],
  };
}
