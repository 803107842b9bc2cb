import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { GatewayError } from '../../src/errors.ts';
import { HintDesk } from '../../src/lifecycle/hint-desk.ts';
import type { RegistryChange } from '../../src/lifecycle/registry-hint.ts';
import { RegistryWatcher } from '../../src/lifecycle/registry-watcher.ts';
import { parseModelUri } from '../../src/model/model-uri.ts';
import { FakeRegistry } from '../fakes/fake-registry.ts';
import { versionOf } from './versions.ts';

const champion: RegistryChange = { kind: 'alias', alias: 'champion' };
const allowed = (version: number): RegistryChange => ({
  kind: 'version-tag',
  version: String(version),
  key: 'switchyard.allow_breaking',
});

beforeEach(() => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
});

async function setUp() {
  const registry = new FakeRegistry();
  registry.point('iris', versionOf(1));
  const uris = [parseModelUri('models:/iris@champion')];
  const watcher = new RegistryWatcher({
    registry,
    uris,
    pollIntervalMs: 3_600_000,
    onAnswer: () => {},
    onFailure: () => {},
    random: () => 0.5,
  });
  onTestFinished(() => watcher.stop());
  await watcher.start();
  const desk = new HintDesk({ registry, watcher, uris, workspace: 'team', now: Date.now });
  onTestFinished(() => desk.close());
  let deliveries = 0;
  const hint = (change: RegistryChange = champion, changes: { id?: string; workspace?: string } = {}) =>
    desk.take({
      deliveryId: changes.id ?? String(++deliveries),
      workspace: changes.workspace ?? null,
      name: 'iris',
      change,
    });
  /** Polls since the start. */
  const polls = () => registry.polls.length - 1;
  return { registry, watcher, desk, hint, polls };
}

describe('HintDesk', () => {
  it('has the registry read at once', async () => {
    const { hint, polls } = await setUp();
    expect(hint()).toBe('accepted');
    await vi.advanceTimersByTimeAsync(0);
    expect(polls()).toBe(1);
  });

  it('does nothing for a delivery that it has seen, for other workspaces and for other pointers', async () => {
    const { hint, polls } = await setUp();
    expect(hint(champion, { id: 'a' })).toBe('accepted');
    await vi.advanceTimersByTimeAsync(5_000);
    expect(hint(champion, { id: 'a' })).toBe('duplicate');
    expect(hint(champion, { workspace: 'other' })).toBe('ignored');
    expect(hint({ kind: 'alias', alias: 'challenger' })).toBe('ignored');
    await vi.advanceTimersByTimeAsync(5_000);
    expect(polls()).toBe(1);
    expect(hint(champion, { workspace: 'team' })).toBe('accepted');
  });

  it('reads at most once a second, however many hints come, and once more after the last', async () => {
    const { hint, polls } = await setUp();
    for (let second = 0; second < 10; second++) {
      for (let n = 0; n < 50; n++) {
        hint();
        await vi.advanceTimersByTimeAsync(20);
      }
    }
    // The first at once, then nine; the last second's hints are seen by the one that begins at its end.
    expect(polls()).toBe(11);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(polls()).toBe(11);
  });

  it('begins another poll after one that was under way when the hint came', async () => {
    const { registry, watcher, hint, polls } = await setUp();
    registry.holdsPolls = true;
    void watcher.refresh();
    expect(hint()).toBe('accepted');
    hint();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(polls()).toBe(1);
    registry.polls[1]!.resolve();
    await vi.advanceTimersByTimeAsync(0);
    expect(polls()).toBe(2);
    // This one began before the next hint, so that it need not see what that is about.
    hint();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(polls()).toBe(2);
    registry.polls[2]!.resolve();
    await vi.advanceTimersByTimeAsync(0);
    expect(polls()).toBe(3);
    registry.polls[3]!.resolve();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(polls()).toBe(3);
  });

  it('leaves the registry alone while that has asked to wait', async () => {
    const { registry, watcher, hint, polls } = await setUp();
    registry.outage = new GatewayError('REGISTRY_UNAVAILABLE', 'busy', { retryAfterSeconds: 30 });
    await watcher.refresh();
    registry.outage = null;
    expect(hint()).toBe('accepted');
    await vi.advanceTimersByTimeAsync(20_000);
    expect(polls()).toBe(1);
    expect(watcher.isAskedToWait).toBe(true);
    await watcher.refresh();
    expect(watcher.isAskedToWait).toBe(false);
    hint();
    await vi.advanceTimersByTimeAsync(0);
    expect(polls()).toBe(3);
  });

  it('has a version read directly before the poll if its tag has changed, whatever that read gives', async () => {
    const { registry, hint, polls } = await setUp();
    registry.holdsReads = true;
    expect(hint(allowed(2))).toBe('accepted');
    await vi.advanceTimersByTimeAsync(0);
    expect(registry.reads.map(({ uris }) => uris)).toEqual([[parseModelUri('models:/iris/2')]]);
    expect(polls()).toBe(0);
    registry.reads[0]!.reject(new GatewayError('REGISTRY_UNAVAILABLE', 'down'));
    await vi.advanceTimersByTimeAsync(0);
    expect(polls()).toBe(1);
    registry.holdsReads = false;
    await vi.advanceTimersByTimeAsync(1_000);
    for (let version = 1; version <= 40; version++) hint(allowed(version));
    await vi.advanceTimersByTimeAsync(5_000);
    expect(registry.reads.length - 1, 'bounded').toBe(17);
  });

  it('reads nothing after it is closed', async () => {
    const { desk, hint, polls } = await setUp();
    hint();
    hint();
    await vi.advanceTimersByTimeAsync(0);
    desk.close();
    hint();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(polls()).toBe(1);
  });
});
