import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { servableOf } from './servables.ts';

describe('Servable', () => {
  it('closes at once when it is retired without a lease', async () => {
    const { servable, inference, releases } = servableOf(1);
    await servable.retire();
    expect([inference.closeCalls, releases()]).toEqual([1, 1]);
  });

  it('closes after its last lease ends, exactly once', async () => {
    const { servable, inference, releases } = servableOf(1);
    const leases = [servable.lease(), servable.lease()];
    const retired = [servable.retire(), servable.retire()];
    leases[0]![Symbol.dispose]();
    leases[0]![Symbol.dispose]();
    await turn();
    expect(inference.closeCalls).toBe(0);
    leases[1]![Symbol.dispose]();
    await Promise.all(retired);
    await servable.retire();
    expect([inference.closeCalls, releases()]).toEqual([1, 1]);
  });

  it('stays open when leases end before it is retired', async () => {
    const { servable, inference } = servableOf(1);
    servable.lease()[Symbol.dispose]();
    await turn();
    expect(inference.closeCalls).toBe(0);
    expect(servable.lease().servable).toBe(servable);
  });

  it('gives no lease any more once it is retired', async () => {
    const { servable } = servableOf(1);
    const lease = servable.lease();
    const retired = servable.retire();
    expect(() => servable.lease()).toThrow('bug');
    lease[Symbol.dispose]();
    await retired;
  });

  it('gives back what it held outside the engine only after the engine has let go', async () => {
    const { servable, inference, releases } = servableOf(1, { holdsClose: true });
    const retired = servable.retire();
    await turn();
    expect([inference.closeCalls, releases()]).toEqual([1, 0]);
    inference.finishClose();
    await retired;
    expect(releases()).toBe(1);
  });

  it('gives it back also when the engine fails to close, and tells of that', async () => {
    const { servable, inference, releases } = servableOf(1, { holdsClose: true });
    const retired = servable.retire();
    inference.failClose(new Error('native trouble'));
    await expect(retired).rejects.toThrow('native trouble');
    expect(releases()).toBe(1);
  });
});
