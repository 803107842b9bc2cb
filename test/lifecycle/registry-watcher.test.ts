import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { GatewayError } from '../../src/errors.ts';
import { RegistryWatcher } from '../../src/lifecycle/registry-watcher.ts';
import { parseModelUri } from '../../src/model/model-uri.ts';
import type { Resolution } from '../../src/registry/model-registry.ts';
import { FakeRegistry } from '../fakes/fake-registry.ts';
import { versionOf } from './versions.ts';

const uri = parseModelUri('models:/iris/Production');

beforeEach(() => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
});

function setUp({ random = 0.5, holdsPolls = false } = {}) {
  const registry = new FakeRegistry();
  registry.holdsPolls = holdsPolls;
  registry.point('iris', versionOf(1));
  const answers: (readonly Resolution[])[] = [];
  const failures: (readonly [string, number])[] = [];
  const watcher = new RegistryWatcher({
    registry,
    uris: [uri],
    pollIntervalMs: 1_000,
    onAnswer: (resolutions) => void answers.push(resolutions),
    onFailure: ({ code }, retryInMs) => void failures.push([code, retryInMs]),
    random: () => random,
  });
  onTestFinished(() => watcher.stop());
  return { registry, watcher, answers, failures };
}

const unavailable = (retryAfterSeconds?: number) =>
  new GatewayError(
    'REGISTRY_UNAVAILABLE',
    'down',
    retryAfterSeconds === undefined ? {} : { retryAfterSeconds },
  );

describe('RegistryWatcher', () => {
  it('reports the full state at once, and again in each poll, whether it changed or not', async () => {
    const { registry, watcher, answers } = setUp();
    await watcher.start();
    expect(answers).toEqual([[registry.resolutionOf(uri)]]);
    expect(registry.polls[0]!.uris).toEqual([uri]);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(answers).toHaveLength(3);
  });

  it.each([
    [0, 900],
    [0.5, 1_000],
    [0.95, 1_090],
  ])('spreads its polls by a tenth (random %d: %d ms)', async (random, delayMs) => {
    const { registry, watcher } = setUp({ random });
    await watcher.start();
    await vi.advanceTimersByTimeAsync(delayMs - 1);
    expect(registry.polls).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(registry.polls).toHaveLength(2);
  });

  it('waits for an answer before it counts the time to the next poll', async () => {
    const { registry, watcher, answers } = setUp({ holdsPolls: true });
    void watcher.start();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(registry.polls).toHaveLength(1);
    registry.polls[0]!.resolve();
    await vi.advanceTimersByTimeAsync(999);
    expect([registry.polls.length, answers.length]).toEqual([1, 1]);
    await vi.advanceTimersByTimeAsync(1);
    expect(registry.polls).toHaveLength(2);
  });

  it('goes on polling in an outage, tells each failure, and resolves its start all the same', async () => {
    const { registry, watcher, answers, failures } = setUp();
    registry.outage = unavailable();
    await watcher.start();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(failures).toEqual([
      ['REGISTRY_UNAVAILABLE', 1_000],
      ['REGISTRY_UNAVAILABLE', 1_000],
    ]);
    registry.outage = null;
    await vi.advanceTimersByTimeAsync(1_000);
    expect(answers).toHaveLength(1);
  });

  it.each([
    [30, 0, 30_000],
    [30, 0.9, 30_900],
    [0.1, 0.5, 1_000],
    [86_400, 0.5, 300_500],
  ])(
    'stays away for the %d s that the registry asks for, and up to a poll longer (random %d)',
    async (seconds, random, delayMs) => {
      const { registry, watcher, failures } = setUp({ random });
      registry.outage = unavailable(seconds);
      await watcher.start();
      expect(failures).toEqual([['REGISTRY_UNAVAILABLE', delayMs]]);
      await vi.advanceTimersByTimeAsync(delayMs - 1);
      expect(registry.polls).toHaveLength(1);
      await vi.advanceTimersByTimeAsync(1);
      expect(registry.polls).toHaveLength(2);
    },
  );

  it('stays away, too, when an answer tells that it could not be whole for that', async () => {
    const { registry, watcher, answers, failures } = setUp();
    registry.fail('iris', unavailable(30));
    await watcher.start();
    expect([answers.length, failures.length, watcher.isAskedToWait]).toEqual([1, 0, true]);
    await vi.advanceTimersByTimeAsync(30_499);
    expect(registry.polls).toHaveLength(1);
    registry.point('iris', versionOf(1));
    await vi.advanceTimersByTimeAsync(1);
    expect([registry.polls.length, watcher.isAskedToWait]).toEqual([2, false]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(registry.polls).toHaveLength(3);
  });

  it('takes what is no error of ours for a fault of the gateway, and goes on', async () => {
    const { registry, watcher, failures } = setUp();
    registry.outage = new TypeError('a bug');
    await watcher.start();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(failures.map(([code]) => code)).toEqual(['INTERNAL', 'INTERNAL']);
  });

  it('polls at once when it is asked to, and counts from there', async () => {
    const { registry, watcher } = setUp();
    await watcher.start();
    await vi.advanceTimersByTimeAsync(600);
    await watcher.refresh();
    expect(registry.polls).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(999);
    expect(registry.polls).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(1);
    expect(registry.polls).toHaveLength(3);
  });

  it('answers a burst of calls with one poll that began after them', async () => {
    const { registry, watcher, answers } = setUp({ holdsPolls: true });
    const first = watcher.start();
    let refreshed = 0;
    const burst = Array.from({ length: 5 }, () => watcher.refresh().then(() => refreshed++));
    registry.polls[0]!.resolve();
    await first;
    await vi.advanceTimersByTimeAsync(0);
    expect([registry.polls.length, refreshed]).toEqual([2, 0]);
    const late = watcher.refresh();
    registry.polls[1]!.resolve();
    await Promise.all(burst);
    await vi.advanceTimersByTimeAsync(0);
    expect([registry.polls.length, answers.length]).toEqual([3, 2]);
    registry.polls[2]!.resolve();
    await late;
    await vi.advanceTimersByTimeAsync(999);
    expect(registry.polls).toHaveLength(3);
  });

  it('ends a poll when it is stopped, tells nothing of it, and polls no more', async () => {
    const { registry, watcher, answers, failures } = setUp({ holdsPolls: true });
    const started = watcher.start();
    const refreshed = watcher.refresh();
    await watcher.stop();
    await Promise.all([started, refreshed]);
    expect(registry.polls[0]!.signal.aborted).toBe(true);
    await watcher.refresh();
    await watcher.stop();
    await vi.advanceTimersByTimeAsync(10_000);
    expect([registry.polls.length, answers.length, failures.length]).toEqual([1, 0, 0]);
  });

  it('tells nothing of an answer that arrives while it stops', async () => {
    const { registry, watcher, answers } = setUp({ holdsPolls: true });
    void watcher.start();
    registry.polls[0]!.resolve();
    await watcher.stop();
    expect(answers).toHaveLength(0);
  });

  it('stops between polls, too', async () => {
    const { registry, watcher } = setUp();
    await watcher.start();
    await watcher.stop();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(registry.polls).toHaveLength(1);
  });
});
