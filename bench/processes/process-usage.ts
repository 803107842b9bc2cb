import { readdirSync, readFileSync } from 'node:fs';

/** The process and all its descendants that live now. Linux only. */
export function processTree(root: number): readonly number[] {
  const childrenOf = new Map<number, number[]>();
  for (const name of readdirSync('/proc')) {
    const parent = /^\d+$/.test(name) ? parentOf(name) : null;
    if (parent !== null) childrenOf.set(parent, [...(childrenOf.get(parent) ?? []), Number(name)]);
  }
  const tree = [root];
  for (const process of tree) tree.push(...(childrenOf.get(process) ?? []));
  return tree;
}

/** Processor time in microseconds that the live threads of these processes have used since they began. */
export function cpuMicros(processes: readonly number[]): number {
  let nanoseconds = 0;
  for (const process of processes) {
    for (const thread of list(`/proc/${process}/task`)) {
      nanoseconds += Number(read(`/proc/${process}/task/${thread}/schedstat`).split(' ', 1)[0]);
    }
  }
  return nanoseconds / 1000;
}

/** The kernel counts a core's time in hundredths of a second. */
const TICK_MICROS = 10_000;

/** Microseconds since the system's start in which the core did anything, or the host took it from this machine. */
export function coreBusyMicros(core: number): number {
  const line = new RegExp(`^cpu${core} (.*)$`, 'm').exec(read('/proc/stat'))?.[1] ?? '';
  const [user, nice, system, _idle, _waiting, interrupts, softInterrupts, stolen] = line
    .split(' ')
    .map(Number);
  const ticks = [user, nice, system, interrupts, softInterrupts, stolen];
  return ticks.reduce<number>((sum, value) => sum + (value ?? 0), 0) * TICK_MICROS;
}

/**
 * Memory of these processes in MiB: the resident memory of a single one; of several the sum of their proportional
 * shares, which counts a page that they share only once.
 */
export function memoryMiB(processes: readonly number[]): number {
  const field = processes.length === 1 ? 'Rss' : 'Pss';
  const kibibytes = processes.map((process) => {
    const text = read(`/proc/${process}/smaps_rollup`);
    return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? 0);
  });
  return kibibytes.reduce((sum, value) => sum + value, 0) / 1024;
}

function parentOf(process: string): number | null {
  const text = read(`/proc/${process}/stat`);
  // The name in parentheses may hold spaces and parentheses itself.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return text === '' ? null : Number(fields[1]);
}

/** What has ended in the meantime reads as empty. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function list(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
