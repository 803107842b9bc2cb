import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

/** A process of some host, told apart from a later one with the same number. */
export interface ProcessMark {
  readonly host: string;
  readonly pid: number;
  /** In clock ticks since boot; empty where there is no `/proc`. */
  readonly startedAt: string;
}

export function currentProcessMark(): ProcessMark {
  return { host: hostname(), pid: process.pid, startedAt: readProcess(process.pid)?.startedAt ?? '' };
}

/** Whether a process has ended for certain; what runs on another host cannot be told. */
export function hasEnded({ host, pid, startedAt }: ProcessMark): boolean {
  if (host !== hostname()) return false;
  if (startedAt === '') return !isNumberTaken(pid);
  const found = readProcess(pid);
  return found === null || found.isZombie || found.startedAt !== startedAt;
}

function readProcess(pid: number): { readonly isZombie: boolean; readonly startedAt: string } | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // proc_pid_stat(5): the second field is a name in brackets that may hold anything; state is the third, start time the 22nd.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { isZombie: fields[0] === 'Z' || fields[0] === 'X', startedAt: fields[19] ?? '' };
  } catch {
    return null;
  }
}

function isNumberTaken(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
