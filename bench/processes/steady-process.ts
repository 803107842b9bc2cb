import { spawnSync } from 'node:child_process';

/** V8 shares a collection of garbage out to threads of its own and then waits for each of them to get a core. */
const ONE_THREAD_COLLECTS = '--single-threaded-gc';
const REAL_TIME = ['chrt', '--reset-on-fork', '--fifo', '10'];

/**
 * Makes this process one that is not kept from its clock by what it measures: garbage collection on its own thread, and
 * real-time priority where that is allowed (not for the processes that it starts). Without the former a load generator
 * stood still for up to 200 ms while every core was busy. Runs this command again as such a process, if it is not one, and
 * exits with it.
 */
export function becomeSteady(): void {
  if (process.execArgv.includes(ONE_THREAD_COLLECTS)) return;
  const [chrt = '', ...options] = REAL_TIME;
  const mayGoFirst = spawnSync(chrt, [...options, 'true']).status === 0;
  const command = [process.execPath, ONE_THREAD_COLLECTS, ...process.execArgv, ...process.argv.slice(1)];
  const [file = '', ...parameters] = mayGoFirst ? [...REAL_TIME, ...command] : command;
  const { status } = spawnSync(file, parameters, { stdio: 'inherit' });
  process.exit(status ?? 1);
}
