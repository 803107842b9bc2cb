import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** Process ids of the children of a process. Linux only. */
export function childrenOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
      readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8')
        .trim()
        .split(' ')
        .filter(Boolean)
        .map(Number),
    );
  } catch {
    return [];
  }
}

/** What the open files of a process are, e.g. `socket:[4711]`. */
export function linksOf(pid: number): string[] {
  return readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));
}

export function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

/** Waits until `look` finds something; the test's time-out bounds it. */
export async function until<T>(look: () => T | false | undefined): Promise<T> {
  for (;;) {
    const found = look();
    if (found !== false && found !== undefined) return found;
    // Another process's life can only be polled.
    await delay(5);
  }
}

/** Processor time that a process has used in user mode, in hundredths of a second. */
export function cpuTicksOf(pid: number): number {
  const afterName = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, '');
  return Number(afterName.split(' ')[11]);
}
