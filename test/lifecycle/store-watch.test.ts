import { describe, expect, it } from 'vitest';
import type { ErrorCode } from '../../src/errors.ts';
import type { LoadFailure } from '../../src/lifecycle/next-action.ts';
import { StoreWatch } from '../../src/lifecycle/store-watch.ts';
import type { ModelVersion } from '../../src/model/model-version.ts';
import { versionOf } from './versions.ts';

const POLL_MS = 1_000;

class FakeSlot {
  readonly route: string;
  failure: LoadFailure | null;
  hastened = 0;

  constructor(route: string, code: ErrorCode, failure: Partial<LoadFailure> = {}) {
    this.route = route;
    const version = versionOf(1, { name: route });
    this.failure = { version, code, message: '', at: new Date(0), retryAt: 60_000, notBefore: 0, ...failure };
  }

  hasten(): void {
    this.hastened += 1;
  }
}

/** A watch whose looks see `sights`, by route; `null`: they fail. */
function setUp(...slots: readonly FakeSlot[]) {
  const world = { now: 0, looks: [] as string[], changed: [] as string[] };
  const sights = new Map<string, string | null>(slots.map(({ route }) => [route, 'files']));
  const watch = new StoreWatch({
    look: async ({ name }: ModelVersion) => {
      world.looks.push(name);
      const sight = sights.get(name) ?? null;
      if (sight === null) throw new Error('down');
      return sight;
    },
    slots: () => slots,
    events: { storeChanged: (route) => void world.changed.push(route) },
    pollIntervalMs: POLL_MS,
    now: () => world.now,
  });
  /** One answered poll, and what comes of it. */
  const poll = async (count = 1) => {
    for (let index = 0; index < count; index += 1) {
      world.now += POLL_MS;
      watch.registryAnswered();
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  return { world, sights, watch, poll };
}

describe('StoreWatch', () => {
  it('has a version tried again at once when its files can be had again', async () => {
    const slot = new FakeSlot('iris', 'ARTIFACT_UNAVAILABLE');
    const { world, sights, poll } = setUp(slot);
    sights.set('iris', null);
    await poll(5);
    expect([world.looks.length, slot.hastened]).toEqual([5, 0]);
    sights.set('iris', 'files');
    await poll();
    expect([slot.hastened, world.changed]).toEqual([1, ['iris']]);
    await poll(5);
    expect(slot.hastened).toBe(1);
  });

  it('has a version whose files were wrong tried once more, and then when they are others', async () => {
    const slot = new FakeSlot('iris', 'INVALID_MODEL', { retryAt: null });
    const { sights, poll } = setUp(slot);
    await poll(3);
    expect(slot.hastened).toBe(1);
    sights.set('iris', 'other files');
    await poll();
    expect(slot.hastened).toBe(2);
  });

  it('looks ever more rarely at files that stay the same, at least once a minute', async () => {
    const { world, poll } = setUp(new FakeSlot('iris', 'INVALID_MODEL', { retryAt: null }));
    await poll(60);
    expect(world.looks).toHaveLength(60);
    await poll(7_200);
    world.looks.length = 0;
    await poll(600);
    expect(world.looks.length).toBeGreaterThanOrEqual(9);
    expect(world.looks.length).toBeLessThanOrEqual(10);
  });

  it.each<ErrorCode>([
    'SIGNATURE_INCOMPATIBLE',
    'UNSUPPORTED_MODEL',
    'LOAD_CRASHED',
    'LOAD_TIMEOUT',
    'MEMORY_LIMIT',
  ])('does not look after %s, which no store can mend', async (code) => {
    const { world, poll } = setUp(new FakeSlot('iris', code, { retryAt: null }));
    await poll(3);
    expect(world.looks).toEqual([]);
  });

  it('does not look when a retry is due within a poll, nor before the store wants to be asked', async () => {
    const soon = new FakeSlot('soon', 'ARTIFACT_UNAVAILABLE', { retryAt: 2_000 });
    const asked = new FakeSlot('asked', 'ARTIFACT_UNAVAILABLE', { notBefore: 3_500 });
    const { world, poll } = setUp(soon, asked);
    await poll();
    expect(world.looks).toEqual([]);
    soon.failure = null;
    await poll(3);
    expect(world.looks).toEqual(['asked']);
  });

  it('looks at four versions a poll, each in its turn, and wakes all when one can be had again', async () => {
    const slots = Array.from({ length: 6 }, (_, index) => new FakeSlot(`m${index}`, 'ARTIFACT_UNAVAILABLE'));
    const { world, sights, poll } = setUp(...slots);
    for (const { route } of slots) sights.set(route, null);
    await poll(3);
    expect(world.looks).toHaveLength(12);
    expect(new Set(world.looks).size).toBe(6);
    for (const { route } of slots) sights.set(route, 'files');
    await poll();
    expect(slots.every(({ hastened }) => hastened >= 1)).toBe(true);
  });

  it('wakes what could not be reached when the registry answers again, and nothing else', async () => {
    const store = new FakeSlot('store', 'ARTIFACT_UNAVAILABLE', { retryAt: 1_500 });
    const registry = new FakeSlot('registry', 'REGISTRY_UNAVAILABLE', { retryAt: 1_500 });
    const invalid = new FakeSlot('invalid', 'ARTIFACT_INVALID', { retryAt: 1_500 });
    const busy = new FakeSlot('busy', 'ARTIFACT_UNAVAILABLE', { retryAt: 9_000, notBefore: 9_000 });
    const { watch, poll } = setUp(store, registry, invalid, busy);
    watch.registryFailed();
    await poll(2);
    expect([store, registry, invalid, busy].map(({ hastened }) => hastened)).toEqual([1, 1, 0, 0]);
  });

  it('looks at nothing once it is stopped, and takes nothing from a look that is out', async () => {
    const slot = new FakeSlot('iris', 'ARTIFACT_UNAVAILABLE');
    const { watch, world, poll } = setUp(slot);
    watch.registryAnswered();
    watch.stop();
    await poll(2);
    expect([world.looks.length, slot.hastened]).toEqual([1, 0]);
  });
});
