import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { hostname } from 'node:os';
import { describe, expect, it } from 'vitest';
import { currentProcessMark, hasEnded } from '../../src/lifecycle/process-mark.ts';

describe('hasEnded', () => {
  it('says no of this process', () => {
    expect(hasEnded(currentProcessMark())).toBe(false);
  });

  it('says yes of an earlier process with the same number', () => {
    expect(hasEnded({ ...currentProcessMark(), startedAt: '1' })).toBe(true);
  });

  it('says no of what runs, or ran, on another host', () => {
    expect(hasEnded({ host: `not-${hostname()}`, pid: 1, startedAt: '1' })).toBe(false);
  });

  it('says yes of a process that was killed, also where start times are not known', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    const mark = { host: hostname(), pid: child.pid!, startedAt: '' };
    expect(hasEnded(mark)).toBe(false);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(hasEnded(mark)).toBe(true);
    expect(hasEnded({ ...mark, startedAt: '1' })).toBe(true);
  });
});
