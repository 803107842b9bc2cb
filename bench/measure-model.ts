import { join } from 'node:path';
import type { LoadGenerator } from './load/load-generator.ts';
import type { Load } from './load/loads.ts';
import { MeasuredTarget } from './measured-target.ts';
import type { BenchModel } from './models/bench-model.ts';
import type { Cell, MemoryFigures, RunReport } from './report/run-report.ts';
import { RunningTarget } from './targets/running-target.ts';
import type { StartContext, Target } from './targets/target.ts';

export interface MeasureOptions {
  readonly model: BenchModel;
  readonly targets: readonly Target[];
  readonly loads: readonly Load[];
  readonly rounds: number;
  /** At 32 connections, before the first round. */
  readonly warmUpMs: number;
  readonly measureMs: number;
  readonly generator: LoadGenerator;
  readonly context: Pick<StartContext, 'entry' | 'environments' | 'scratch'>;
  readonly tell: (line: string) => void;
}

export interface ModelFigures {
  readonly cells: readonly Cell[];
  readonly memory: readonly MemoryFigures[];
  readonly missing: RunReport['missing'];
}

/** Starts every target's server with one model, checks its answers, and measures them in turn. */
export async function measureModel(options: MeasureOptions): Promise<ModelFigures> {
  const { model, loads, tell } = options;
  const servers = new Map<string, RunningTarget>();
  const missing: { target: string; reason: string }[] = [];
  const measured: MeasuredTarget[] = [];
  try {
    for (const target of options.targets) {
      try {
        measured.push(await startTarget(target, servers, options));
      } catch (error) {
        const reason = `${model.name}: ${(error as Error).message}`;
        missing.push({ target: target.name, reason });
        tell(`${target.title} is left out, ${reason}`);
      }
    }
    tell(`${model.name}: ${measured.length} targets run`);
    // The rate of an open loop comes from the closed ones.
    const isOpen = (load: Load) => load.shareOfCapacity !== null;
    await measureRounds(
      measured,
      loads.filter((load) => !isOpen(load)),
      options,
    );
    await measureRounds(measured, loads.filter(isOpen), options);
    const cells = measured.flatMap((target) => target.cells);
    return { cells, memory: measured.map((target) => target.memory()), missing };
  } finally {
    await Promise.all([...servers.values()].map((server) => server.stop()));
  }
}

async function startTarget(
  target: Target,
  servers: Map<string, RunningTarget>,
  { model, context, generator, warmUpMs, measureMs }: MeasureOptions,
): Promise<MeasuredTarget> {
  const scratch = join(context.scratch, model.name, target.server);
  const running =
    servers.get(target.server) ?? (await RunningTarget.start(target, { ...context, model, scratch }));
  servers.set(target.server, running);
  return MeasuredTarget.prepare({ target, model, running, generator, warmUpMs, measureMs });
}

/**
 * Each round goes through all loads and all targets, and begins with another target, so that what the machine does
 * besides hits all alike.
 */
async function measureRounds(
  targets: readonly MeasuredTarget[],
  loads: readonly Load[],
  { model, rounds, tell }: MeasureOptions,
): Promise<void> {
  if (loads.length === 0) return;
  for (let round = 0; round < rounds; round++) {
    const start = round % Math.max(1, targets.length);
    const inTurn = [...targets.slice(start), ...targets.slice(0, start)];
    for (const load of loads) {
      for (const target of inTurn) await target.measure(load);
    }
    tell(`${model.name}, ${loads.map(({ name }) => name).join(', ')}: round ${round + 1} of ${rounds}`);
  }
}
