import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { ModelSlot } from '../../src/lifecycle/model-slot.ts';
import type { Servable } from '../../src/lifecycle/servable.ts';
import { servableOf } from './servables.ts';
import { versionOf } from './versions.ts';

function setUp() {
  const drained: { version: string; error: unknown }[] = [];
  const slot = new ModelSlot(({ version }, error) => drained.push({ version: version.version, error }));
  const positions = () => ({
    current: slot.current?.version.version ?? null,
    previous: slot.previous?.version.version ?? null,
    isWarm: (slot.previous?.servable ?? null) !== null,
    draining: slot.draining.map(({ version }: Servable) => version.version),
  });
  return { slot, drained, positions };
}

describe('ModelSlot', () => {
  it('gives no lease before there is a current servable', () => {
    expect(setUp().slot.lease()).toBeNull();
  });

  it('swaps while a request runs: the request keeps its version, the next one gets the new', async () => {
    const { slot, positions } = setUp();
    const [one, two] = [servableOf(1), servableOf(2)];
    slot.replace(one.servable);
    const running = slot.lease()!;
    slot.replace(two.servable);
    expect(running.servable).toBe(one.servable);
    expect(slot.lease()?.servable).toBe(two.servable);
    await turn();
    expect(one.inference.isClosed).toBe(false);
    expect(positions()).toEqual({ current: '2', previous: '1', isWarm: true, draining: [] });
    expect(slot.generation).toBe(2);
  });

  it('leases the current version and the warm previous one by number, and no other', async () => {
    const { slot } = setUp();
    const [one, two] = [servableOf(1), servableOf(2)];
    slot.replace(one.servable);
    slot.replace(two.servable);
    expect(slot.leaseVersion('2')?.servable).toBe(two.servable);
    using previous = slot.leaseVersion('1');
    expect(previous?.servable).toBe(one.servable);
    expect(slot.leaseVersion('3')).toBeNull();
    void slot.coolPrevious();
    expect(slot.leaseVersion('1')).toBeNull();
  });

  it('keeps one previous version warm and closes the one before after its last lease', async () => {
    const { slot, drained, positions } = setUp();
    const [one, two, three] = [servableOf(1), servableOf(2), servableOf(3)];
    slot.replace(one.servable);
    const outlives = slot.lease()!;
    slot.replace(two.servable);
    slot.replace(three.servable);
    await turn();
    expect(positions()).toEqual({ current: '3', previous: '2', isWarm: true, draining: ['1'] });
    expect(one.inference.isClosed).toBe(false);
    outlives[Symbol.dispose]();
    await turn();
    expect(one.inference.closeCalls).toBe(1);
    expect(positions().draining).toEqual([]);
    expect(drained).toEqual([{ version: '1', error: null }]);
  });

  it('restores the previous servable without closing anything', async () => {
    const { slot, positions } = setUp();
    const [one, two] = [servableOf(1), servableOf(2)];
    slot.replace(one.servable);
    slot.replace(two.servable);
    expect(slot.restorePrevious()).toBe(one.servable);
    expect(positions()).toEqual({ current: '1', previous: '2', isWarm: true, draining: [] });
    expect(slot.generation).toBe(3);
    slot.restorePrevious();
    await turn();
    expect(positions()).toMatchObject({ current: '2', previous: '1', isWarm: true });
    expect([one.inference.closeCalls, two.inference.closeCalls]).toEqual([0, 0]);
  });

  it('restores nothing where there is nothing warm', () => {
    const { slot } = setUp();
    expect(() => slot.restorePrevious()).toThrow('bug');
    slot.rememberPrevious(versionOf(1));
    expect(() => slot.restorePrevious()).toThrow('bug');
  });

  it('replaces a version that is loaded again by itself and keeps the way back', async () => {
    const { slot, positions } = setUp();
    const [one, two, again] = [servableOf(1), servableOf(2), servableOf(2)];
    slot.replace(one.servable);
    slot.replace(two.servable);
    slot.replace(again.servable);
    await turn();
    expect(positions()).toEqual({ current: '2', previous: '1', isWarm: true, draining: [] });
    expect([one.inference.closeCalls, two.inference.closeCalls]).toEqual([0, 1]);
  });

  it('has other files of a version as a version of its own', () => {
    const { slot, positions } = setUp();
    slot.replace(servableOf(1).servable);
    slot.replace(servableOf(versionOf(1, { source: 'memory:/iris/1#2' })).servable);
    expect(positions()).toMatchObject({ current: '1', previous: '1', isWarm: true });
  });

  it('cools the previous version: its record stays, its servable closes', async () => {
    const { slot, positions, drained } = setUp();
    const one = servableOf(1, { holdsClose: true });
    slot.replace(one.servable);
    slot.replace(servableOf(2).servable);
    let isCold = false;
    const cooled = slot.coolPrevious().then(() => {
      isCold = true;
    });
    expect(positions()).toEqual({ current: '2', previous: '1', isWarm: false, draining: ['1'] });
    await turn();
    expect(isCold).toBe(false);
    one.inference.finishClose();
    await cooled;
    expect(one.releases()).toBe(1);
    expect(drained).toEqual([{ version: '1', error: null }]);
    await slot.coolPrevious();
    expect(one.inference.closeCalls).toBe(1);
  });

  it('remembers a previous version that was cold from the start, and loses it to no first load but its own', () => {
    const { slot, positions } = setUp();
    slot.rememberPrevious(versionOf(1));
    slot.replace(servableOf(2).servable);
    expect(positions()).toMatchObject({ current: '2', previous: '1', isWarm: false });
    slot.replace(servableOf(1).servable);
    expect(positions()).toMatchObject({ current: '1', previous: '2', isWarm: true });
    const other = setUp();
    other.slot.rememberPrevious(versionOf(1));
    other.slot.replace(servableOf(1).servable);
    expect(other.positions()).toMatchObject({ current: '1', previous: null });
  });

  it('clears everything, once it is closed', async () => {
    const { slot, positions, drained } = setUp();
    const servables = [servableOf(1), servableOf(2), servableOf(3)];
    for (const { servable } of servables.slice(0, 2)) slot.replace(servable);
    const lease = slot.lease()!;
    slot.replace(servables[2]!.servable);
    let isClear = false;
    const cleared = slot.clear().then(() => {
      isClear = true;
    });
    expect(slot.lease()).toBeNull();
    await turn();
    expect(isClear).toBe(false);
    expect(positions()).toEqual({ current: null, previous: null, isWarm: false, draining: ['2'] });
    lease[Symbol.dispose]();
    await cleared;
    await slot.clear();
    expect(servables.map(({ inference }) => inference.closeCalls)).toEqual([1, 1, 1]);
    expect(drained.map(({ version }) => version).sort()).toEqual(['1', '2', '3']);
  });

  it('tells of a servable that did not close, and goes on', async () => {
    const { slot, drained, positions } = setUp();
    const one = servableOf(1, { holdsClose: true });
    slot.replace(one.servable);
    slot.replace(servableOf(2).servable);
    const trouble = new Error('native trouble');
    one.inference.failClose(trouble);
    await slot.coolPrevious();
    expect(drained).toEqual([{ version: '1', error: trouble }]);
    expect(positions()).toMatchObject({ current: '2', draining: [] });
    await slot.clear();
  });
});
