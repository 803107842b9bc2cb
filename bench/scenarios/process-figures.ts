import { readdirSync, readFileSync } from 'node:fs';

/** What the system tells of a process; Linux only. */
export interface ProcessFigures {
  readonly residentBytes: number;
  /** Native threads, those of Node and of the runtime included. */
  readonly threads: number;
  /** Open file descriptors, connections included. */
  readonly descriptors: number;
  /** Processor time that all its threads have taken so far, in milliseconds. */
  readonly cpuMs: number;
}

/** The clock of `/proc/PID/stat`; 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

/** @throws if there is no such process. */
export function readProcessFigures(pid: number): ProcessFigures {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const number = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1]);
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name in parentheses may hold spaces; what follows it begins with the third field.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return {
    residentBytes: number('VmRSS') * 1024,
    threads: number('Threads'),
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
    cpuMs: ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS_PER_SECOND,
  };
}
