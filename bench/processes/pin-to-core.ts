import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

/** The server's core and the load's: they share neither time nor caches of the first level. */
export const SERVER_CORE = 0;
export const LOAD_CORE = 1;

/** False where there is no `taskset` or only one core; figures then include what the two take from each other. */
export const canPin = availableParallelism() > 1 && spawnSync('taskset', ['--version']).status === 0;

/** The command, to be run on one core with all that it starts. */
export function pinToCore(core: number, command: readonly string[]): readonly [string, ...string[]] {
  const pinned = canPin ? ['taskset', '-c', String(core), ...command] : [...command];
  return pinned as [string, ...string[]];
}

/** Moves this process, with all its threads, to one core. */
export function pinThisProcess(core: number): void {
  if (canPin) spawnSync('taskset', ['-a', '-c', '-p', String(core), String(process.pid)]);
}
