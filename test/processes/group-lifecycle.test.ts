import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { StateFile } from '../../src/lifecycle/state-file.ts';
import { GroupLoader } from '../../src/processes/group-loader.ts';
import type { MemberSettings } from '../../src/processes/messages.ts';
import { ProcessGroup } from '../../src/processes/process-group.ts';
import { settle, setUpServices } from '../lifecycle/service-fixture.ts';
import { versionOf } from '../lifecycle/versions.ts';

const deadly = (version: number) => versionOf(version, { name: 'deadly' });

/** Services of successive coordinators, whose members die of every version of `deadly` but the first. */
async function setUp() {
  const services = await setUpServices({ uris: ['models:/deadly/Production'] });
  const start = async () => {
    const state = await StateFile.open(join(services.directory, 'state'), services.registry.id);
    const group = new ProcessGroup({
      size: 2,
      settings: { host: '127.0.0.1', shutdownDelayMs: 0, drainTimeoutMs: 0 } as MemberSettings,
      handlers: {
        operate: () => 'done',
        hint: () => 'ignored',
        findVersion: () => '1',
        scrape: () => '',
        countAll: () => [],
      },
      fullState: () => ({ routes: [], statuses: [], defaultRoute: null, readiness: { ready: true } }),
      onServing: () => {},
      onLost: () => {},
      onCountLost: () => {},
      onDeath: (version) => state.recordDeath(version),
      entry: new URL('./fake-member.ts', import.meta.url),
    });
    onTestFinished(() => group.close());
    await group.open({ port: 8000, metricsPort: null, grpcPort: null });
    const inferences = new GroupLoader({ group, timeoutMs: 10_000 });
    const { service, stop } = await services.start({ state, inferences });
    const position = () => {
      const { current, lastError, nextRetryAt } = service.status('deadly');
      return { current: current?.version, error: lastError?.code, nextRetryAt };
    };
    const loads = async () =>
      (await group.count()).map(
        (values) => values[0]!.values.filter(({ labels }) => /^load/.test(String(labels.call))).length,
      );
    return { service, position, loads, stop };
  };
  return { registry: services.registry, start };
}

describe('a version whose load kills a process of the group', () => {
  it('is given up, also by the next start, and the last good one serves', async () => {
    const { registry, start } = await setUp();
    registry.point('deadly', deadly(1));
    const first = await start();
    expect(first.position()).toEqual({ current: '1', error: undefined, nextRetryAt: null });
    registry.point('deadly', deadly(2));
    await first.service.operations.refresh('deadly');
    await settle(first.service);
    const givenUp = { current: '1', error: 'LOAD_CRASHED', nextRetryAt: null };
    expect(first.position()).toEqual(givenUp);
    await first.stop();

    const second = await start();
    expect(second.position()).toEqual(givenUp);
    expect(await second.loads(), 'only version 1 was loaded').toEqual([1, 1]);
  });
});
