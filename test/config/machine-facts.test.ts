import { availableParallelism, totalmem } from 'node:os';
import { describe, expect, it } from 'vitest';
import { readMachineFacts } from '../../src/config/machine-facts.ts';

const GIB = 1024 ** 3;

function factsOf(files: Readonly<Record<string, string>>): unknown[] {
  const facts = readMachineFacts({
    cpuCount: 8,
    totalMemoryBytes: 16 * GIB,
    readFile: (path) => {
      const content = files[path];
      if (content === undefined) throw new Error(`no ${path}`);
      return content;
    },
  });
  return [facts.cpuCount, facts.memoryLimitBytes];
}

describe('readMachineFacts', () => {
  it('is the whole machine without cgroups', () => {
    expect(factsOf({})).toEqual([8, 16 * GIB]);
    expect(factsOf({ '/proc/self/cgroup': '0::/\n' })).toEqual([8, 16 * GIB]);
  });

  it.each([
    ['150000 100000', 2],
    ['100000 100000', 1],
    ['10000 100000', 1],
    ['max 100000', 8],
    ['3200000 100000', 8],
    ['', 8],
  ])('reads %j of cgroup v2 as CPUs, rounded up', (content, cpus) => {
    expect(factsOf({ '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/cpu.max': `${content}\n` })[0]).toBe(
      cpus,
    );
  });

  it.each([
    [`${2 * GIB}`, 2 * GIB],
    ['max', 16 * GIB],
    [`${32 * GIB}`, 16 * GIB],
  ])('reads %j of cgroup v2 as the memory limit, at most the machine’s memory', (content, bytes) => {
    expect(factsOf({ '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/memory.max': `${content}\n` })[1]).toBe(
      bytes,
    );
  });

  it('takes the tightest limit of the group and those above it', () => {
    expect(
      factsOf({
        '/proc/self/cgroup': '0::/pods.slice/pod1/main\n',
        '/sys/fs/cgroup/pods.slice/pod1/main/cpu.max': '400000 100000',
        '/sys/fs/cgroup/pods.slice/pod1/cpu.max': '200000 100000',
        '/sys/fs/cgroup/pods.slice/pod1/main/memory.max': `${GIB}`,
        '/sys/fs/cgroup/pods.slice/memory.max': `${4 * GIB}`,
      }),
    ).toEqual([2, GIB]);
  });

  it('reads the quotas of cgroup v1, also where only the mount’s root is visible', () => {
    const groups = '5:memory:/docker/abc\n4:cpu,cpuacct:/docker/abc\n0::/\n';
    const limits = { quota: '250000\n', period: '100000\n', bytes: `${3 * GIB}\n` };
    for (const group of ['', '/docker/abc']) {
      for (const cpu of ['cpu', 'cpu,cpuacct']) {
        expect(
          factsOf({
            '/proc/self/cgroup': groups,
            [`/sys/fs/cgroup/${cpu}${group}/cpu.cfs_quota_us`]: limits.quota,
            [`/sys/fs/cgroup/${cpu}${group}/cpu.cfs_period_us`]: limits.period,
            [`/sys/fs/cgroup/memory${group}/memory.limit_in_bytes`]: limits.bytes,
          }),
        ).toEqual([3, 3 * GIB]);
      }
    }
  });

  it('takes cgroup v1’s words for "no limit" as none', () => {
    expect(
      factsOf({
        '/proc/self/cgroup': '5:memory:/\n4:cpu:/\n',
        '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '-1',
        '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000',
        '/sys/fs/cgroup/memory/memory.limit_in_bytes': '9223372036854771712',
      }),
    ).toEqual([8, 16 * GIB]);
  });

  it('stays within this machine', () => {
    const facts = readMachineFacts();
    expect(facts.cpuCount).toBeGreaterThanOrEqual(1);
    expect(facts.cpuCount).toBeLessThanOrEqual(availableParallelism());
    expect(facts.memoryLimitBytes).toBeGreaterThan(0);
    expect(facts.memoryLimitBytes).toBeLessThanOrEqual(totalmem());
  });
});
