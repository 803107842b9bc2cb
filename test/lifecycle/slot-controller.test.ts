import { setImmediate as turn } from 'node:timers/promises';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { cacheKey } from '../../src/artifacts/cache-key.ts';
import { GatewayError } from '../../src/errors.ts';
import { ALLOW_BREAKING_TAG } from '../../src/lifecycle/next-action.ts';
import { parseModelUri } from '../../src/model/model-uri.ts';
import { absent, found, positionsOf, setUpSlots } from './slot-fixture.ts';
import { versionOf } from './versions.ts';

const [v1, v2, v3] = [versionOf(1), versionOf(2), versionOf(3)];
const unavailable = () => new GatewayError('ARTIFACT_UNAVAILABLE', 'the store is down');
const invalid = () => new GatewayError('INVALID_MODEL', 'no graph');
const failed = {
  outcome: 'failed',
  name: 'iris',
  error: new GatewayError('REGISTRY_FORBIDDEN', '403'),
} as const;

/** A slot in which `1` serves, or `2` with `1` as the warm previous version. */
async function setUpServing(versions: 1 | 2 = 1, options: Parameters<typeof setUpSlots>[0] = {}) {
  const slots = await setUpSlots(options);
  const { controller, state } = await slots.start();
  const loaded = [];
  for (const version of [v1, v2].slice(0, versions)) {
    controller.observe(found(version));
    loaded.push(await slots.finishLoad());
  }
  return { ...slots, controller, state, loaded };
}

describe('SlotController, following its pointer', () => {
  it('loads what the pointer names, and swaps', async () => {
    const { controller, recorded, loaded } = await setUpServing(2);
    expect(positionsOf(controller)).toEqual({ current: '2', previous: '1', loading: null });
    expect(loaded[0]!.inference.isClosed).toBe(false);
    expect(recorded.of('pointerMoved')).toEqual([
      ['models:/iris/Production', null, '1'],
      ['models:/iris/Production', '1', '2'],
    ]);
    expect(recorded.of('swapped')).toEqual([
      [null, '1', 'swapped'],
      ['1', '2', 'swapped'],
    ]);
  });

  it('does nothing when it hears the same again', async () => {
    const { controller, recorded, loads } = await setUpServing();
    const before = recorded.all.length;
    for (let poll = 0; poll < 3; poll++) controller.observe(found(v1));
    expect([recorded.all.length, loads.all.length]).toEqual([before, 1]);
  });

  it('goes on serving while the next version loads', async () => {
    const { controller } = await setUpServing();
    controller.observe(found(v2));
    expect(positionsOf(controller)).toEqual({ current: '1', previous: null, loading: '2' });
    expect(controller.slot.lease()?.servable.version).toEqual(v1);
  });

  it('gives a load up when the pointer changes during it', async () => {
    const { controller, loads, finishLoad, recorded } = await setUpServing();
    controller.observe(found(v2));
    const abandoned = await loads.next();
    controller.observe(found(v3));
    expect(abandoned.signal.aborted).toBe(true);
    await finishLoad();
    expect(positionsOf(controller)).toEqual({ current: '3', previous: '1', loading: null });
    expect(recorded.of('loadFailed')).toEqual([]);
  });

  it('goes away and back during a load: what serves stays, nothing is loaded again', async () => {
    const { controller, loads } = await setUpServing();
    controller.observe(found(v2));
    const abandoned = await loads.next();
    controller.observe(found(v1));
    await turn();
    expect(abandoned.signal.aborted).toBe(true);
    expect(positionsOf(controller)).toEqual({ current: '1', previous: null, loading: null });
    expect(loads.all).toHaveLength(2);
    expect(controller.lastError).toBeNull();
  });

  it('loads a version anew when the pointer comes back to it during its load', async () => {
    const { controller, loads, finishLoad } = await setUpServing(1, { heedsAbort: false });
    controller.observe(found(v2));
    const first = await loads.next();
    controller.observe(found(v1));
    controller.observe(found(v2));
    const second = await finishLoad();
    const stale = first.resolve();
    await turn();
    expect(controller.slot.current).toBe(second.servable);
    expect([stale.inference.closeCalls, stale.releases()]).toEqual([1, 1]);
    expect(second.inference.isClosed).toBe(false);
  });

  it('closes what an abandoned load still brings; it never serves', async () => {
    const { controller, loads, recorded } = await setUpServing(1, { heedsAbort: false });
    controller.observe(found(v2));
    const abandoned = await loads.next();
    controller.observe(found(v1));
    const { inference, releases } = abandoned.resolve();
    await turn();
    expect(positionsOf(controller)).toEqual({ current: '1', previous: null, loading: null });
    expect([inference.closeCalls, releases()]).toEqual([1, 1]);
    expect(recorded.of('swapped')).toHaveLength(1);
  });

  it('restores the warm previous version at once when the pointer goes back', async () => {
    const { controller, recorded, loads, loaded } = await setUpServing(2);
    controller.observe(found(v1));
    expect(controller.slot.current).toBe(loaded[0]!.servable);
    expect(positionsOf(controller)).toEqual({ current: '1', previous: '2', loading: null });
    expect(recorded.of('swapped').at(-1)).toEqual(['2', '1', 'rolled-back']);
    expect(loads.all).toHaveLength(2);
  });

  it('loads the previous version again when it is cold by then', async () => {
    const { controller, finishLoad } = await setUpServing(2);
    await controller.slot.coolPrevious();
    controller.observe(found(v1));
    expect(positionsOf(controller)).toEqual({ current: '2', previous: '1', loading: '1' });
    const { load } = await finishLoad();
    expect(load.request.reference, 'the way back is open').toBeNull();
    expect(positionsOf(controller)).toEqual({ current: '1', previous: '2', loading: null });
  });

  it('judges the next version by the signature of what serves', async () => {
    const { controller, loads, loaded } = await setUpServing();
    controller.observe(found(v2));
    const { request } = await loads.next();
    expect(request).toMatchObject({ route: 'iris', hasFallback: true });
    expect(request.reference).toEqual({ signature: loaded[0]!.servable.signature, version: '1' });
  });

  it('tells notes once, and when they change', async () => {
    const { controller, recorded } = await setUpServing();
    for (const notes of [['1 and 2'], ['1 and 2'], []]) controller.observe(found(v1, notes));
    expect(recorded.of('notes')).toEqual([[['1 and 2']], [[]]]);
  });
});

describe('SlotController, when loads fail', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
    onTestFinished(() => void vi.useRealTimers());
  });

  it('fails, then succeeds: tries again after 1, 2, 4 … polls while the old version serves', async () => {
    const { controller, loads, finishLoad, recorded } = await setUpServing();
    controller.observe(found(v2));
    for (const delayMs of [1_000, 2_000, 4_000]) {
      (await loads.next()).fail(unavailable());
      await turn();
      expect(positionsOf(controller)).toEqual({ current: '1', previous: null, loading: null });
      expect(controller.lastError).toMatchObject({
        code: 'ARTIFACT_UNAVAILABLE',
        retryAt: Date.now() + delayMs,
      });
      vi.advanceTimersByTime(delayMs - 1);
      expect(controller.loading).toBeNull();
      vi.advanceTimersByTime(1);
      expect(controller.loading).toEqual(v2);
    }
    await finishLoad();
    expect(positionsOf(controller)).toMatchObject({ current: '2', previous: '1' });
    expect(controller.lastError).toBeNull();
    expect(recorded.of('loadFinished').map(([version, outcome]) => [version, outcome])).toEqual([
      ['1', 'swapped'],
      ['2', 'load-failed'],
      ['2', 'load-failed'],
      ['2', 'load-failed'],
      ['2', 'swapped'],
    ]);
  });

  it('does not hurry a retry because the registry says the same again', async () => {
    const { controller, loads } = await setUpServing();
    controller.observe(found(v2));
    (await loads.next()).fail(unavailable());
    await turn();
    for (let poll = 0; poll < 5; poll++) controller.observe(found(v2));
    expect(loads.all).toHaveLength(2);
    vi.advanceTimersByTime(1_000);
    expect(loads.all).toHaveLength(3);
  });

  it('does not try again what failed its checks, until its files change', async () => {
    const { controller, loads, recorded } = await setUpServing();
    controller.observe(found(v2));
    (await loads.next()).fail(new GatewayError('SIGNATURE_INCOMPATIBLE', 'column "b" is gone'));
    await turn();
    expect(controller.lastError).toMatchObject({ code: 'SIGNATURE_INCOMPATIBLE', retryAt: null });
    expect(recorded.of('loadFinished').at(-1)?.slice(0, 2)).toEqual(['2', 'rejected']);
    vi.advanceTimersByTime(3_600_000);
    controller.observe(found(v2));
    expect(controller.loading).toBeNull();
    controller.observe(found(versionOf(2, { source: 'memory:/iris/2#2' })));
    expect(controller.loading?.version).toBe('2');
  });

  it('tries again at once when the version may break now', async () => {
    const { controller, loads } = await setUpServing();
    controller.observe(found(v2));
    (await loads.next()).fail(new GatewayError('SIGNATURE_INCOMPATIBLE', 'column "b" is gone'));
    await turn();
    controller.observe(found({ ...v2, tags: { [ALLOW_BREAKING_TAG]: 'true' } }));
    expect((await loads.next()).request.version.tags).toEqual({ [ALLOW_BREAKING_TAG]: 'true' });
  });

  it('judges a failed version anew when the pointer has been elsewhere', async () => {
    const { controller, loads } = await setUpServing();
    controller.observe(found(v2));
    (await loads.next()).fail(invalid());
    await turn();
    controller.observe(found(v1));
    expect(controller.lastError).toBeNull();
    controller.observe(found(v2));
    expect(controller.loading).toEqual(v2);
  });

  it('forgets a retry when the pointer moves on', async () => {
    const { controller, loads } = await setUpServing();
    controller.observe(found(v2));
    (await loads.next()).fail(unavailable());
    await turn();
    controller.observe(found(v1));
    vi.advanceTimersByTime(60_000);
    expect(loads.all).toHaveLength(2);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('leaves no timer behind when it stops', async () => {
    const { controller, loads } = await setUpServing();
    controller.observe(found(v2));
    (await loads.next()).fail(unavailable());
    await turn();
    expect(vi.getTimerCount()).toBe(1);
    await controller.stop();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('tries everything again that an operator forgives', async () => {
    const { controller, loads } = await setUpServing();
    controller.observe(found(v2));
    (await loads.next()).fail(invalid());
    await turn();
    await controller.forgive();
    expect(controller.loading).toEqual(v2);
    expect(loads.all).toHaveLength(3);
  });
});

describe('SlotController, stopping', () => {
  it('closes during a load: the load is given up, what serves is closed, nothing swaps', async () => {
    const { controller, loads, loaded, recorded } = await setUpServing();
    controller.observe(found(v2));
    const abandoned = await loads.next();
    await controller.stop();
    expect(abandoned.signal.reason).toMatchObject({ code: 'SHUTTING_DOWN' });
    expect(loaded[0]!.inference.closeCalls).toBe(1);
    expect(positionsOf(controller)).toEqual({ current: null, previous: null, loading: null });
    expect(recorded.of('swapped')).toHaveLength(1);
    expect(recorded.of('loadFailed')).toEqual([]);
  });

  it('waits for a load that does not notice at once, and closes what it brings', async () => {
    const { controller, loads, state } = await setUpServing(1, { heedsAbort: false });
    controller.observe(found(v2));
    const abandoned = await loads.next();
    await state.flush();
    let isStopped = false;
    const stopped = controller.stop().then(() => {
      isStopped = true;
    });
    await turn();
    await turn();
    expect(isStopped).toBe(false);
    const { inference } = abandoned.resolve();
    await stopped;
    expect(inference.closeCalls).toBe(1);
  });

  it('waits for the last lease', async () => {
    const { controller, loaded } = await setUpServing();
    const lease = controller.slot.lease()!;
    const stopped = controller.stop();
    await turn();
    expect(loaded[0]!.inference.isClosed).toBe(false);
    lease[Symbol.dispose]();
    await stopped;
    expect(loaded[0]!.inference.isClosed).toBe(true);
  });

  it('swaps nothing any more once it is halted, and goes on serving', async () => {
    const { controller, loads, recorded } = await setUpServing(2);
    controller.halt();
    controller.observe(found(v1));
    controller.observe(found(v3));
    await expect(controller.setHold({ kind: 'pin', version: v1, desired: v2 })).rejects.toMatchObject({
      code: 'SHUTTING_DOWN',
    });
    expect(positionsOf(controller)).toEqual({ current: '2', previous: '1', loading: null });
    controller.slot.lease()![Symbol.dispose]();
    expect([loads.all.length, recorded.of('swapped').length]).toEqual([2, 2]);
    await controller.stop();
  });

  it('leaves on the disk what served, not the empty slot, and only once it is written', async () => {
    const slots = await setUpServing(2);
    void slots.controller.setHold({ kind: 'pin', version: v1, desired: v2 });
    await slots.controller.stop();
    const { controller } = await slots.start();
    expect(positionsOf(controller)).toEqual({ current: null, previous: '2', loading: '1' });
    expect(controller.hold?.version).toEqual(v1);
  });

  it('lets go of all files', async () => {
    const { controller, heldKeys } = await setUpServing(2);
    await controller.stop();
    expect(heldKeys).toEqual([]);
  });
});

describe('SlotController, with a hold', () => {
  it('holds a version while another loads: that load is given up', async () => {
    const { controller, loads } = await setUpServing(2);
    controller.observe(found(v3));
    await loads.next();
    await controller.setHold({ kind: 'pin', version: v1, desired: v3 });
    expect(positionsOf(controller)).toEqual({ current: '1', previous: '2', loading: null });
    controller.observe(found(v3));
    expect(controller.loading).toBeNull();
  });

  it('stays with a pin wherever the pointer moves, until it is taken away', async () => {
    const { controller } = await setUpServing(2);
    await controller.setHold({ kind: 'pin', version: v1, desired: v2 });
    controller.observe(found(v3));
    expect(positionsOf(controller)).toEqual({ current: '1', previous: '2', loading: null });
    await controller.setHold(null);
    expect(controller.loading).toEqual(v3);
  });

  it('stays with a rollback while the pointer stays, and follows it when it changes', async () => {
    const { controller } = await setUpServing(2);
    await controller.setHold({ kind: 'rollback', version: v1, desired: v2 });
    controller.observe(found(v2));
    controller.observe(failed);
    controller.observe(found(v2));
    expect(positionsOf(controller)).toMatchObject({ current: '1', loading: null });
    controller.observe(found(v3));
    expect(controller.hold).toBeNull();
    expect(controller.loading).toEqual(v3);
  });

  it('explains by what is held why that does not serve', async () => {
    const { controller, loads } = await setUpServing();
    const held = controller.setHold({ kind: 'pin', version: v3, desired: v1 });
    (await loads.next()).fail(invalid());
    await held;
    await turn();
    expect(controller.lastError).toMatchObject({ code: 'INVALID_MODEL', version: v3 });
    expect(positionsOf(controller)).toMatchObject({ current: '1' });
  });

  it.each(['pin', 'rollback'] as const)('survives a restart with a %s', async (kind) => {
    const slots = await setUpServing(2);
    await slots.controller.setHold({ kind, version: v1, desired: v2 });
    await slots.controller.stop();
    const { controller } = await slots.start();
    await slots.finishLoad();
    controller.observe(found(v2));
    expect(positionsOf(controller)).toEqual({ current: '1', previous: '2', loading: null });
    expect(controller.hold).toMatchObject({ kind, version: v1 });
  });

  it.each([
    ['pin', '1'],
    ['rollback', null],
  ] as const)('ends with a %s at %s when the pointer moved while nobody was looking', async (kind, held) => {
    const slots = await setUpServing(2);
    await slots.controller.setHold({ kind, version: v1, desired: v2 });
    await slots.controller.stop();
    const { controller } = await slots.start();
    await slots.finishLoad();
    controller.observe(found(v3));
    expect(controller.hold?.version.version ?? null).toBe(held);
    expect(positionsOf(controller)).toMatchObject({ current: '1', loading: held === null ? '3' : null });
  });

  it('keeps a rollback that was made while the registry was down when that comes back', async () => {
    const slots = await setUpServing(2);
    await slots.controller.stop();
    const { controller } = await slots.start();
    await slots.finishLoad();
    const rolledBack = controller.setHold({
      kind: 'rollback',
      version: v1,
      desired: controller.pointer.desired,
    });
    await slots.finishLoad();
    await rolledBack;
    controller.observe(found(v2));
    expect(positionsOf(controller)).toEqual({ current: '1', previous: '2', loading: null });
    controller.observe(found(v3));
    expect(controller.loading).toEqual(v3);
  });
});

describe('SlotController, when its pointer is missing', () => {
  it('keeps what serves, and loads nothing else, under keep', async () => {
    const { controller, reads, recorded } = await setUpServing();
    for (let poll = 0; poll < 3; poll++) controller.observe(absent);
    (await reads.next()).finish(absent);
    await turn();
    for (let poll = 0; poll < 5; poll++) controller.observe(absent);
    expect(positionsOf(controller)).toEqual({ current: '1', previous: null, loading: null });
    expect(controller.pointer.desired).toBeNull();
    expect(controller.lastError).toMatchObject({ code: 'POINTER_UNASSIGNED' });
    expect(reads.all).toHaveLength(1);
    expect(recorded.of('pointerAbsent')).toEqual([
      ['models:/iris/Production', 'Production is empty', false],
      ['models:/iris/Production', 'Production is empty', true],
    ]);
    expect(controller.isRemovable).toBe(false);
  });

  it('unloads after three polls in a row and a direct read, under unload, and forgets the route', async () => {
    const slots = await setUpServing(2, { whenUnassigned: 'unload' });
    const { controller, reads, recorded, loaded } = slots;
    for (let poll = 0; poll < 3; poll++) {
      expect(reads.all).toHaveLength(0);
      controller.observe(absent);
    }
    const read = await reads.next();
    expect(read.uri).toEqual(parseModelUri('models:/iris/Production'));
    expect(positionsOf(controller)).toMatchObject({ current: '2' });
    read.finish(absent);
    await turn();
    expect(positionsOf(controller)).toEqual({ current: null, previous: null, loading: null });
    expect(loaded.map(({ inference }) => inference.closeCalls)).toEqual([1, 1]);
    expect(recorded.of('unloaded')).toEqual([['2']]);
    expect(controller.isRemovable).toBe(true);
    expect(slots.heldKeys).toEqual([]);
    await controller.stop();
    expect((await slots.start()).controller.loading).toBeNull();
  });

  it('loads it again when the pointer comes back', async () => {
    const { controller, reads, finishLoad } = await setUpServing(1, { whenUnassigned: 'unload' });
    for (let poll = 0; poll < 3; poll++) controller.observe(absent);
    (await reads.next()).finish(absent);
    await turn();
    controller.observe(found(v1));
    await finishLoad();
    expect(positionsOf(controller)).toMatchObject({ current: '1' });
  });

  it('finishes the requests of what it unloads', async () => {
    const { controller, reads, loaded } = await setUpServing(1, { whenUnassigned: 'unload' });
    const lease = controller.slot.lease()!;
    for (let poll = 0; poll < 3; poll++) controller.observe(absent);
    (await reads.next()).finish(absent);
    await turn();
    expect(controller.slot.lease()).toBeNull();
    expect(loaded[0]!.inference.isClosed).toBe(false);
    lease[Symbol.dispose]();
    await turn();
    expect(loaded[0]!.inference.isClosed).toBe(true);
  });

  it('does not unload what an operator holds, until the hold is taken away', async () => {
    const { controller, reads } = await setUpServing(1, { whenUnassigned: 'unload' });
    await controller.setHold({ kind: 'pin', version: v1, desired: v1 });
    for (let poll = 0; poll < 3; poll++) controller.observe(absent);
    (await reads.next()).finish(absent);
    await turn();
    expect(positionsOf(controller)).toMatchObject({ current: '1' });
    expect(controller.isRemovable).toBe(false);
    await controller.setHold(null);
    expect(positionsOf(controller)).toMatchObject({ current: null });
  });

  it.each([
    ['the direct read still finds it', found(v1)],
    ['the direct read is refused', failed],
  ])('unloads nothing where %s, and counts from the start again', async (_what, answer) => {
    const { controller, reads } = await setUpServing(1, { whenUnassigned: 'unload' });
    for (let poll = 0; poll < 3; poll++) controller.observe(absent);
    (await reads.next()).finish(answer);
    await turn();
    for (let poll = 0; poll < 2; poll++) controller.observe(absent);
    expect(reads.all).toHaveLength(1);
    expect(positionsOf(controller)).toMatchObject({ current: '1' });
    controller.observe(absent);
    expect(reads.all).toHaveLength(2);
  });

  it('tells once that a pointer may not be read any more, and again only for another reason', async () => {
    const { controller, reads, recorded } = await setUpServing();
    for (let poll = 0; poll < 3; poll++) controller.observe(absent);
    (await reads.next()).finish(failed);
    await turn();
    for (let poll = 0; poll < 30; poll++) {
      controller.observe(absent);
      reads.all.at(-1)?.finish(failed);
      await turn();
    }
    expect(recorded.of('pointerAbsent')).toHaveLength(1);
    const uri = 'models:/iris/Production';
    expect(recorded.of('pointerFailed')).toEqual([[uri, failed.error]]);
    const notReady = new GatewayError('VERSION_NOT_READY', 'version 2 is PENDING_REGISTRATION');
    for (let poll = 0; poll < 3; poll++) {
      controller.observe({ outcome: 'failed', name: 'iris', error: notReady });
    }
    controller.observe({
      outcome: 'failed',
      name: 'iris',
      error: new GatewayError('REGISTRY_UNAVAILABLE', 'no answer'),
    });
    expect(recorded.of('pointerFailed').slice(1)).toEqual([[uri, notReady]]);
    expect(positionsOf(controller)).toMatchObject({ current: '1' });
  });

  it('asks again in the next poll where the direct read gets no answer', async () => {
    const { controller, reads } = await setUpServing(1, { whenUnassigned: 'unload' });
    for (let poll = 0; poll < 3; poll++) controller.observe(absent);
    (await reads.next()).fail(new GatewayError('REGISTRY_UNAVAILABLE', 'down'));
    await turn();
    expect(positionsOf(controller)).toMatchObject({ current: '1' });
    controller.observe(absent);
    expect(reads.all).toHaveLength(2);
  });

  it('does not believe a direct read that a poll has overtaken', async () => {
    const { controller, reads } = await setUpServing(1, { whenUnassigned: 'unload' });
    for (let poll = 0; poll < 3; poll++) controller.observe(absent);
    const read = await reads.next();
    controller.observe(found(v1));
    read.finish(absent);
    await turn();
    expect(positionsOf(controller)).toMatchObject({ current: '1' });
    expect(controller.pointer.isGone).toBe(false);
  });

  it('does not act on a direct read that ends after the stop', async () => {
    const { controller, reads, recorded } = await setUpServing(1, { whenUnassigned: 'unload' });
    for (let poll = 0; poll < 3; poll++) controller.observe(absent);
    const read = await reads.next();
    controller.halt();
    expect(read.signal.aborted).toBe(true);
    read.finish(absent);
    await turn();
    expect(positionsOf(controller)).toMatchObject({ current: '1' });
    expect(recorded.of('unloaded')).toEqual([]);
    expect(recorded.of('pointerAbsent').map(([, , isGone]) => isGone)).toEqual([false]);
  });

  it('takes 401 and 403 for no instruction, however often', async () => {
    const { controller, reads } = await setUpServing(1, { whenUnassigned: 'unload' });
    for (let poll = 0; poll < 10; poll++) controller.observe(failed);
    expect(reads.all).toHaveLength(0);
    expect(positionsOf(controller)).toMatchObject({ current: '1' });
    expect(controller.lastError).toMatchObject({ code: 'REGISTRY_FORBIDDEN' });
  });

  it('gives up the load of a version that nothing names any more', async () => {
    const { controller, loads, reads } = await setUpServing();
    controller.observe(found(v2));
    const load = await loads.next();
    for (let poll = 0; poll < 3; poll++) controller.observe(absent);
    expect(load.signal.aborted).toBe(false);
    (await reads.next()).finish(absent);
    await turn();
    expect(load.signal.aborted).toBe(true);
    expect(positionsOf(controller)).toEqual({ current: '1', previous: null, loading: null });
  });
});

describe('SlotController, starting anew', () => {
  const restart = async (versions: 1 | 2 = 2) => {
    const slots = await setUpServing(versions);
    await slots.controller.stop();
    return { ...slots, ...(await slots.start()) };
  };

  it('brings back what served last without a word from the registry', async () => {
    const { controller, finishLoad } = await restart();
    expect(positionsOf(controller)).toEqual({ current: null, previous: '1', loading: '2' });
    const { load } = await finishLoad();
    expect(load.request).toMatchObject({ reference: null, hasFallback: false });
    expect(positionsOf(controller)).toEqual({ current: '2', previous: '1', loading: null });
  });

  it('brings it back while the registry refuses every poll', async () => {
    const { controller, finishLoad } = await restart();
    controller.observe(failed);
    await finishLoad();
    controller.observe(failed);
    expect(positionsOf(controller)).toMatchObject({ current: '2', loading: null });
  });

  it('serves it although the wanted version is broken', async () => {
    const { controller, finishLoad, loads } = await restart();
    controller.observe(found(v3));
    await finishLoad();
    const broken = await loads.next();
    expect(broken.request).toMatchObject({ hasFallback: true, reference: { version: '2' } });
    broken.fail(invalid());
    await turn();
    expect(positionsOf(controller)).toEqual({ current: '2', previous: '1', loading: null });
    expect(controller.lastError).toMatchObject({ code: 'INVALID_MODEL' });
  });

  it('goes on to what is wanted when what served last cannot be brought back', async () => {
    const { controller, loads, finishLoad } = await restart();
    controller.observe(found(v3));
    (await loads.next()).fail(invalid());
    await turn();
    const { load } = await finishLoad();
    expect(load.request).toMatchObject({ hasFallback: true, reference: { version: '2' } });
    expect(positionsOf(controller)).toMatchObject({ current: '3' });
  });

  it('keeps serving it although the pointer is gone, under keep', async () => {
    const { controller, finishLoad, reads } = await restart();
    await finishLoad();
    for (let poll = 0; poll < 3; poll++) controller.observe(absent);
    (await reads.next()).finish(absent);
    await turn();
    expect(positionsOf(controller)).toMatchObject({ current: '2' });
  });

  it('remembers nothing of another pointer', async () => {
    const slots = await setUpServing(2);
    await slots.controller.stop();
    const { controller } = await slots.start({ uri: parseModelUri('models:/iris/Staging') });
    expect(positionsOf(controller)).toEqual({ current: null, previous: null, loading: null });
  });

  it('tells a pointer that has not moved since for no move', async () => {
    const { controller, recorded } = await restart();
    const before = recorded.of('pointerMoved').length;
    controller.observe(found(v2));
    expect(recorded.of('pointerMoved')).toHaveLength(before);
  });
});

describe('SlotController, and the disk', () => {
  it('keeps the files of all that it may need, loaded or not', async () => {
    const { controller, heldKeys, start, finishLoad } = await setUpServing(2);
    expect(heldKeys.sort()).toEqual([v1, v2].map(cacheKey).sort());
    await controller.slot.coolPrevious();
    expect(heldKeys).toHaveLength(2);
    controller.observe(found(v3));
    await finishLoad();
    expect(heldKeys.sort()).toEqual([v2, v3].map(cacheKey).sort());
    await controller.setHold({ kind: 'pin', version: v1, desired: v3 });
    expect(heldKeys).toContain(cacheKey(v1));
    await controller.stop();
    await start();
    expect(heldKeys.sort(), 'before anything is loaded').toEqual([v1, v2, v3].map(cacheKey).sort());
  });

  it('goes on serving when the state cannot be written, and tells it', async () => {
    const { controller, state, recorded, finishLoad } = await setUpServing();
    vi.spyOn(state, 'setRoute').mockRejectedValue(new Error('ENOSPC'));
    controller.observe(found(v2));
    await finishLoad();
    await controller.setHold({ kind: 'pin', version: v2, desired: v2 });
    expect(positionsOf(controller)).toMatchObject({ current: '2' });
    expect(recorded.of('stateUnwritten').length).toBeGreaterThanOrEqual(2);
  });

  it('is forgotten when it is removed, and its late writes with it', async () => {
    const slots = await setUpServing();
    const held = slots.controller.setHold({ kind: 'pin', version: v1, desired: v1 });
    await slots.controller.remove();
    await held;
    const { controller, state } = await slots.start();
    expect(state.routes()).toEqual([]);
    expect(positionsOf(controller)).toEqual({ current: null, previous: null, loading: null });
    expect(slots.heldKeys).toEqual([]);
  });
});

describe('SlotController, as a part of the start', () => {
  it('holds the start up until it serves or has failed once, and never again', async () => {
    const slots = await setUpSlots();
    const { controller } = await slots.start();
    expect(controller.hasSettledOnce).toBe(false);
    controller.observe(found(v1));
    expect(controller.hasSettledOnce).toBe(false);
    (await slots.loads.next()).fail(invalid());
    await turn();
    expect(controller.hasSettledOnce).toBe(true);
    controller.observe(found(v2));
    expect(controller.hasSettledOnce).toBe(true);
  });

  it('has failed once when its pointer cannot be read, unless it still loads what served last', async () => {
    const slots = await setUpServing();
    await slots.controller.stop();
    const { controller } = await slots.start();
    controller.observe(failed);
    expect(controller.hasSettledOnce).toBe(false);
    await slots.finishLoad();
    expect(controller.hasSettledOnce).toBe(true);
    const other = await (await setUpSlots()).start();
    other.controller.observe(failed);
    expect(other.controller.hasSettledOnce).toBe(true);
  });

  it('can be removed once its pointer is gone and there is nothing to keep', async () => {
    const { start, reads } = await setUpSlots();
    const { controller } = await start();
    for (let poll = 0; poll < 3; poll++) controller.observe(absent);
    expect(controller.isRemovable).toBe(false);
    (await reads.next()).finish(absent);
    await turn();
    expect(controller.isRemovable).toBe(true);
  });

  it('follows another pointer without a gap', async () => {
    const slots = await setUpServing();
    const { controller, loads, finishLoad } = slots;
    controller.observe(found(v2));
    const abandoned = await loads.next();
    const policy = {
      batching: false,
      signature: 'any',
      placement: 'worker',
      invocations: null,
      precision: 'double',
    } as const;
    controller.follow(parseModelUri('models:/iris@champion'), policy);
    controller.observe(found(v3));
    expect(abandoned.signal.aborted).toBe(true);
    expect(positionsOf(controller)).toEqual({ current: '1', previous: null, loading: '3' });
    const { load } = await finishLoad();
    expect(load.request.policy).toBe(policy);
    expect(controller.uriText).toBe('models:/iris@champion');
    await controller.stop();
    const restarted = await slots.start({ uri: parseModelUri('models:/iris@champion') });
    expect(restarted.controller.loading).toEqual(v3);
  });
});
