import { expect, it, onTestFinished, vi } from 'vitest';
import { GatewayError } from '../../src/errors.ts';
import { combineEvents } from '../../src/observability/combine-events.ts';
import { logLifecycle } from '../../src/observability/lifecycle-log.ts';
import { MemoryLog } from '../fakes/memory-log.ts';
import { recordEvents } from '../fakes/recorded-events.ts';
import { settle, setUpServices } from '../lifecycle/service-fixture.ts';
import { versionOf } from '../lifecycle/versions.ts';

const POLL_MS = 5_000;
const HOUR_MS = 3_600_000;

it('serves through an hour without a registry, retries ever more rarely, says little, and follows within two polls', async () => {
  const { registry, start } = await setUpServices();
  registry.point('iris', versionOf(1));
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
  onTestFinished(() => void vi.useRealTimers());
  const log = new MemoryLog();
  const recorded = recordEvents();
  const { service } = await start({
    pollIntervalMs: POLL_MS,
    events: combineEvents([recorded.events, logLifecycle(log)]),
    lookAtStore: async () => 'files',
  });
  expect(service.status('iris').current?.version).toBe('1');
  const wait = async (ms: number) => {
    for (let waited = 0; waited < ms; waited += POLL_MS) {
      await vi.advanceTimersByTimeAsync(POLL_MS);
      await settle(service);
    }
  };

  // The pointer is seen to move, and then nobody answers any more: neither for where the files lie nor for pointers.
  registry.outage = new GatewayError('REGISTRY_UNAVAILABLE', 'nobody listens there');
  registry.holdsPolls = true;
  registry.point('iris', versionOf(2));
  await vi.advanceTimersByTimeAsync(POLL_MS);
  registry.polls.at(-1)!.resolve();
  registry.holdsPolls = false;
  await settle(service);
  const lines = log.lines.length;
  await wait(HOUR_MS);

  const status = service.status('iris');
  expect(status).toMatchObject({
    ready: true,
    current: { version: '1' },
    desired: { version: '2' },
    lastError: { code: 'REGISTRY_UNAVAILABLE', message: 'nobody listens there' },
  });
  expect(service.readiness()).toEqual({ ready: true });
  const untilRetryMs = Date.parse(status.nextRetryAt!) - Date.now();
  expect(untilRetryMs).toBeLessThanOrEqual(60_000);
  // 5, 10, 20, 40 and then 60 seconds apart, where a retry is seen at the end of a step of five.
  const attempts = recorded.of('loadFailed').length;
  expect(attempts).toBeGreaterThanOrEqual(55);
  expect(attempts).toBeLessThanOrEqual(65);
  expect(recorded.of('registryFailed').length).toBeGreaterThanOrEqual(HOUR_MS / POLL_MS - 2);
  const said = log.lines.slice(lines).filter(({ level }) => level !== 'debug');
  expect(said.map(({ event }) => event).toSorted()).toEqual([
    ...Array.from({ length: said.length - 6 }, () => 'load-failed'),
    ...Array.from({ length: 6 }, () => 'registry-failed'),
  ]);
  expect(said.length).toBeLessThanOrEqual(13);

  registry.outage = null;
  await wait(2 * POLL_MS);
  expect(service.status('iris')).toMatchObject({ current: { version: '2' }, lastError: null });
  expect(log.lines.some(({ event }) => event === 'registry-recovered')).toBe(true);
});
