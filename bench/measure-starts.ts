import { join } from 'node:path';
import type { BenchModel } from './models/bench-model.ts';
import type { StartFigures } from './report/run-report.ts';
import { summarize } from './statistics.ts';
import { RunningTarget } from './targets/running-target.ts';
import type { StartContext, Target } from './targets/target.ts';

export interface StartOptions {
  readonly model: BenchModel;
  readonly targets: readonly Target[];
  readonly starts: number;
  readonly context: Pick<StartContext, 'entry' | 'environments' | 'scratch'>;
}

/**
 * From the start of the process to its first right answer, of one server at a time, all targets in turn. A target that does not start is left out.
 */
export async function measureStarts(options: StartOptions): Promise<readonly StartFigures[]> {
  const servers = new Map(options.targets.map((target) => [target.server, target]));
  const times = new Map<string, number[]>();
  for (let turn = 0; turn < options.starts; turn++) {
    for (const target of servers.values()) {
      for (const cache of cachesOf(target)) {
        const scratch = join(options.context.scratch, 'starts', `${target.server}-${turn}`);
        const firstAnswerMs = await startOnce(target, { ...options.context, model: options.model, scratch });
        if (firstAnswerMs === null) continue;
        const key = `${target.name}\n${cache}`;
        times.set(key, [...(times.get(key) ?? []), firstAnswerMs]);
      }
    }
  }
  return [...times].map(([key, values]) => {
    const [target, cache] = key.split('\n') as [string, StartFigures['cache']];
    return { target, cache, firstAnswerMs: summarize(values)! };
  });
}

/** The second start in the same place finds what the first one kept. */
function cachesOf(target: Target): readonly StartFigures['cache'][] {
  return target.keepsCache ? ['empty', 'filled'] : ['empty'];
}

async function startOnce(target: Target, context: Omit<StartContext, 'port'>): Promise<number | null> {
  try {
    const running = await RunningTarget.start(target, context);
    await running.stop();
    return running.firstAnswerMs;
  } catch {
    return null; // the measurement under load says why
  }
}
