import { readFileSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { posix } from 'node:path';

/** What the process may use of the machine. */
export interface MachineFacts {
  /** CPUs available, a fraction rounded up, at least 1. */
  readonly cpuCount: number;
  /** The cgroup's memory limit in bytes, or the machine's memory if that is less or there is no limit. */
  readonly memoryLimitBytes: number;
}

export interface MachineFactsSources {
  /** @throws if there is no such file. */
  readonly readFile: (path: string) => string;
  /** CPUs that the process may run on. */
  readonly cpuCount: number;
  /** Bytes of the machine's memory. */
  readonly totalMemoryBytes: number;
}

const CGROUP_ROOT = '/sys/fs/cgroup';

/** Reads CPU and memory limits of cgroups v2 and v1 (kernel documentation: `cgroup-v2.rst`, `cgroup-v1/memory.rst`). */
export function readMachineFacts(sources: MachineFactsSources = realSources()): MachineFacts {
  const groups = cgroupDirectories(sources.readFile);
  const read = (directory: string, file: string): string | null => {
    try {
      return sources.readFile(posix.join(directory, file)).trim();
    } catch {
      return null;
    }
  };
  const cpus = groups.map((group) => cpuLimit((file) => read(group, file)));
  const bytes = groups.map((group) => memoryLimit((file) => read(group, file)));
  return {
    cpuCount: Math.max(1, Math.min(sources.cpuCount, ...cpus.map(Math.ceil))),
    memoryLimitBytes: Math.min(sources.totalMemoryBytes, ...bytes),
  };
}

/**
 * The directories of the process's groups and of all groups above them, since the tightest limit counts. Where the
 * host's paths are not mounted in the container, only the mount's root exists, which then is the container's group.
 */
function cgroupDirectories(readFile: (path: string) => string): readonly string[] {
  let lines: readonly string[];
  try {
    lines = readFile('/proc/self/cgroup').trim().split('\n');
  } catch {
    return [];
  }
  const directories = lines.flatMap((line) => {
    const [, controllers, path] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? [];
    if (controllers === undefined || path === undefined) return [];
    const mounts = controllers === '' ? ['', 'unified'] : [controllers, ...controllers.split(',')];
    return mounts.flatMap((mount) =>
      ancestors(posix.normalize(path)).map((group) => posix.join(CGROUP_ROOT, mount, group)),
    );
  });
  return [...new Set(directories)];
}

function ancestors(path: string): readonly string[] {
  return path === '/' ? ['/'] : [path, ...ancestors(posix.dirname(path))];
}

function cpuLimit(read: (file: string) => string | null): number {
  const [quota, period] = read('cpu.max')?.split(' ') ?? [
    read('cpu.cfs_quota_us') ?? '-1',
    read('cpu.cfs_period_us') ?? '',
  ];
  const cpus = Number(quota) / Number(period);
  return Number.isFinite(cpus) && cpus > 0 ? cpus : Infinity;
}

function memoryLimit(read: (file: string) => string | null): number {
  const bytes = Number(read('memory.max') ?? read('memory.limit_in_bytes') ?? 'max');
  return Number.isFinite(bytes) && bytes > 0 ? bytes : Infinity;
}

function realSources(): MachineFactsSources {
  return {
    readFile: (path) => readFileSync(path, 'utf8'),
    cpuCount: availableParallelism(),
    totalMemoryBytes: totalmem(),
  };
}
