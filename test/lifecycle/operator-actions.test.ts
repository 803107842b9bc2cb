import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { GatewayError } from '../../src/errors.ts';
import { OperatorActions } from '../../src/lifecycle/operator-actions.ts';
import { FakeRegistry } from '../fakes/fake-registry.ts';
import { found, positionsOf, type SlotFixtureOptions, setUpSlots } from './slot-fixture.ts';
import { versionOf } from './versions.ts';

const [v1, v2, v3] = [versionOf(1), versionOf(2), versionOf(3)];
const invalid = () => new GatewayError('INVALID_MODEL', 'no graph');

/** `2` serves, `1` is the warm previous version, `3` exists. */
async function setUp(options: SlotFixtureOptions = {}, patienceMs?: number) {
  const slots = await setUpSlots(options);
  const { controller } = await slots.start();
  for (const version of [v1, v2]) {
    controller.observe(found(version));
    await slots.finishLoad();
  }
  const registry = new FakeRegistry();
  registry.point('iris', v2);
  registry.register(v3);
  const refresh = vi.fn(async () => controller.observe(registry.stateOf(controller.pointer.uri)));
  const actions = new OperatorActions(registry, { refresh }, patienceMs);
  return { ...slots, controller, registry, refresh, actions };
}

describe('OperatorActions, rolling back', () => {
  it('goes back to the warm previous version at once, and stays there', async () => {
    const { actions, controller, loads } = await setUp();
    expect(await actions.rollback(controller)).toBe('done');
    controller.observe(found(v2));
    expect(positionsOf(controller)).toEqual({ current: '1', previous: '2', loading: null });
    expect(controller.hold).toMatchObject({ kind: 'rollback', version: v1, desired: v2 });
    expect(loads.all).toHaveLength(2);
  });

  it('follows the pointer again when that changes', async () => {
    const { actions, controller } = await setUp();
    await actions.rollback(controller);
    controller.observe(found(v3));
    expect(controller.loading).toEqual(v3);
  });

  it('goes forward again by a second rollback', async () => {
    const { actions, controller } = await setUp();
    await actions.rollback(controller);
    expect(await actions.rollback(controller)).toBe('done');
    expect(positionsOf(controller)).toEqual({ current: '2', previous: '1', loading: null });
  });

  it('loads a cold previous version', async () => {
    const { actions, controller, finishLoad } = await setUp();
    await controller.slot.coolPrevious();
    const rolledBack = actions.rollback(controller);
    await finishLoad();
    expect(await rolledBack).toBe('done');
    expect(positionsOf(controller)).toEqual({ current: '1', previous: '2', loading: null });
  });

  it('fails where there is no previous version', async () => {
    const slots = await setUpSlots();
    const { controller } = await slots.start();
    controller.observe(found(v1));
    await slots.finishLoad();
    const actions = new OperatorActions(new FakeRegistry(), { refresh: async () => {} });
    await expect(actions.rollback(controller)).rejects.toMatchObject({ code: 'NO_PREVIOUS_VERSION' });
    expect(controller.hold).toBeNull();
  });

  it('fails, and holds nothing, where the cold previous version cannot be loaded', async () => {
    const { actions, controller, loads } = await setUp();
    await controller.slot.coolPrevious();
    const rolledBack = actions.rollback(controller);
    (await loads.next()).fail(invalid());
    await expect(rolledBack).rejects.toMatchObject({
      code: 'LOAD_FAILED',
      message: 'version "1" of model "iris" cannot serve: no graph',
    });
    expect(positionsOf(controller)).toEqual({ current: '2', previous: '1', loading: null });
    expect(controller.hold).toBeNull();
  });
});

describe('OperatorActions, pinning', () => {
  it('serves a version that exists, whatever the pointer names', async () => {
    const { actions, controller, finishLoad } = await setUp();
    const pinned = actions.pin(controller, '3');
    await finishLoad();
    expect(await pinned).toBe('done');
    controller.observe(found(v1));
    expect(positionsOf(controller)).toEqual({ current: '3', previous: '2', loading: null });
    const unpinned = actions.unpin(controller);
    await finishLoad();
    expect(await unpinned).toBe('done');
    expect(positionsOf(controller)).toMatchObject({ current: '1' });
  });

  it('needs no registry for what serves or served before', async () => {
    const { actions, controller, registry } = await setUp();
    registry.outage = new GatewayError('REGISTRY_UNAVAILABLE', 'down');
    expect(await actions.pin(controller, '1')).toBe('done');
    expect(await actions.pin(controller, '1')).toBe('done');
    expect(positionsOf(controller)).toMatchObject({ current: '1', previous: '2' });
    await expect(actions.pin(controller, '3')).rejects.toMatchObject({ code: 'REGISTRY_UNAVAILABLE' });
    expect(controller.hold?.version, 'the earlier pin stays').toEqual(v1);
  });

  it('fails where the version does not exist, or cannot be told', async () => {
    const { actions, controller, registry } = await setUp();
    await expect(actions.pin(controller, '9')).rejects.toMatchObject({ code: 'VERSION_NOT_FOUND' });
    registry.holdsReads = true;
    const pinned = actions.pin(controller, '3');
    const error = new GatewayError('VERSION_NOT_READY', 'it is still being copied');
    (await registry.nextRead()).resolve({ outcome: 'found', name: 'iris', version: v1, notes: [] });
    (await registry.nextRead()).resolve({ outcome: 'failed', name: 'iris', error });
    await expect(pinned).rejects.toBe(error);
    expect(controller.hold).toBeNull();
  });

  it('fails where the version does, and restores the earlier hold', async () => {
    const { actions, controller, loads } = await setUp();
    await actions.pin(controller, '1');
    const pinned = actions.pin(controller, '3');
    (await loads.next()).fail(invalid());
    await expect(pinned).rejects.toMatchObject({ code: 'LOAD_FAILED' });
    expect(controller.hold).toMatchObject({ kind: 'pin', version: v1 });
    expect(positionsOf(controller)).toEqual({ current: '1', previous: '2', loading: null });
  });

  it('tries a version again at once that has failed before', async () => {
    const { actions, controller, loads, finishLoad } = await setUp();
    controller.observe(found(v3));
    (await loads.next()).fail(invalid());
    await turn();
    const pinned = actions.pin(controller, '3');
    await finishLoad();
    expect(await pinned).toBe('done');
  });

  it('answers that the load still runs when it takes too long, and leaves it running', async () => {
    const { actions, controller, finishLoad } = await setUp({}, 5);
    expect(await actions.pin(controller, '3')).toBe('loading');
    expect(positionsOf(controller)).toEqual({ current: '2', previous: '1', loading: '3' });
    await finishLoad();
    expect(positionsOf(controller)).toMatchObject({ current: '3' });
    expect(controller.hold?.version).toEqual(v3);
  });

  it('leaves a later call alone that took its place', async () => {
    const { actions, controller, loads, finishLoad } = await setUp();
    const first = actions.pin(controller, '3');
    await loads.next();
    expect(await actions.pin(controller, '1')).toBe('done');
    await expect(first).rejects.toMatchObject({
      code: 'LOAD_FAILED',
      message: expect.stringContaining('is not wanted any more'),
    });
    expect(controller.hold?.version).toEqual(v1);
    expect(positionsOf(controller)).toMatchObject({ current: '1', loading: null });
    const again = actions.pin(controller, '3');
    await finishLoad();
    expect(await again).toBe('done');
  });

  it('does not undo what the pointer did to a rollback meanwhile', async () => {
    const { actions, controller, finishLoad } = await setUp();
    await controller.slot.coolPrevious();
    const rolledBack = actions.rollback(controller);
    controller.observe(found(v3));
    await finishLoad();
    await finishLoad();
    await expect(rolledBack).rejects.toMatchObject({ code: 'LOAD_FAILED' });
    expect(controller.hold).toBeNull();
    expect(positionsOf(controller)).toMatchObject({ current: '3', previous: '2' });
  });

  it('fails while the server shuts down, and leaves what serves', async () => {
    const { actions, controller, loads } = await setUp();
    const pinned = actions.pin(controller, '3');
    await loads.next();
    controller.halt();
    await expect(pinned).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
    await expect(actions.rollback(controller)).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
    expect(positionsOf(controller)).toMatchObject({ current: '2' });
  });
});

describe('OperatorActions, refreshing', () => {
  it('reads the pointer now and waits for what comes of it', async () => {
    const { actions, controller, registry, finishLoad, refresh } = await setUp();
    registry.point('iris', v3);
    const refreshed = actions.refresh(controller);
    await finishLoad();
    expect(await refreshed).toBe('done');
    expect(refresh).toHaveBeenCalledTimes(1);
    expect(positionsOf(controller)).toMatchObject({ current: '3' });
  });

  it('tries again what had failed for good', async () => {
    const { actions, controller, registry, loads, finishLoad } = await setUp();
    registry.point('iris', v3);
    controller.observe(found(v3));
    (await loads.next()).fail(new GatewayError('LOAD_CRASHED', 'the server died of it'));
    await turn();
    const refreshed = actions.refresh(controller);
    await finishLoad();
    expect(await refreshed).toBe('done');
    expect(positionsOf(controller)).toMatchObject({ current: '3' });
    expect(controller.lastError).toBeNull();
  });
});
