import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Prints, as `start end` in milliseconds since the epoch, when the core that this process is pinned to did not run it for
 * longer than the given number of milliseconds, although nothing in the machine may go before it.
 */
const leastMs = Number(process.argv[2]);
const now = () => performance.timeOrigin + performance.now();
process.stdin.on('end', () => process.exit(0)).resume();
for (let last = now(); ; ) {
  await sleep(1);
  const woken = now();
  if (woken - last > leastMs) process.stdout.write(`${last} ${woken}\n`);
  last = woken;
}
