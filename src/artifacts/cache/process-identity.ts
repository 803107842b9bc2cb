import { readFileSync, readlinkSync } from 'node:fs';

/** A process, told apart from every other one of this machine's boot. */
export interface ProcessIdentity {
  readonly bootId: string;
  /** Process ids mean something only within one of these (containers have their own). */
  readonly pidNamespace: string;
  readonly pid: number;
  /** In clock ticks since boot, as in `/proc/<pid>/stat`: a reused id has another. */
  readonly startTime: string;
}

/** This process, or `null` where there is no Linux `/proc`. */
export function currentProcess(): ProcessIdentity | null {
  try {
    const state = readState(process.pid);
    if (state === null) return null;
    return {
      bootId: readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(),
      pidNamespace: readlinkSync('/proc/self/ns/pid'),
      pid: process.pid,
      startTime: state.startTime,
    };
  } catch {
    return null;
  }
}

/** `unknown` for a process of another machine, boot or container: only its heartbeat tells. */
export function processState(
  other: ProcessIdentity | null,
  own: ProcessIdentity | null,
): 'running' | 'gone' | 'unknown' {
  if (other === null || own === null) return 'unknown';
  if (other.bootId !== own.bootId || other.pidNamespace !== own.pidNamespace) return 'unknown';
  const state = readState(other.pid);
  return state !== null && !state.isZombie && state.startTime === other.startTime ? 'running' : 'gone';
}

function readState(pid: number): { readonly isZombie: boolean; readonly startTime: string } | null {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return null;
  }
  // proc_pid_stat(5): the second field is a name in brackets that may hold anything; state is the third, start time the 22nd.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { isZombie: fields[0] === 'Z' || fields[0] === 'X', startTime: fields[19] ?? '' };
}
