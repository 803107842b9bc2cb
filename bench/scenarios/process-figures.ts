import { readdirSync, readFileSync } from 'node:fs';
import { cpuMicros } from '../processes/process-usage.ts';

/** What the system tells of a process; Linux only. */
export interface ProcessFigures {
  readonly residentBytes: number;
  /** Native threads, those of Node and of the runtime included. */
  readonly threads: number;
  /** Open file descriptors, connections included. */
  readonly descriptors: number;
  /** Processor time that its living threads have taken so far, in milliseconds. */
  readonly cpuMs: number;
}

/** @throws if there is no such process. */
export function readProcessFigures(pid: number): ProcessFigures {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const number = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1]);
  return {
    residentBytes: number('VmRSS') * 1024,
    threads: number('Threads'),
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
    cpuMs: cpuMicros([pid]) / 1000,
  };
}
