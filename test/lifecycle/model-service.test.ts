import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../src/errors.ts';
import { Deadline } from '../../src/inference/deadline.ts';
import type { ModelService } from '../../src/lifecycle/model-service.ts';
import type { Lease } from '../../src/lifecycle/servable.ts';
import type { ModelVersion } from '../../src/model/model-version.ts';
import type { Tensor } from '../../src/model/tensor.ts';
import type { FakeRegistry } from '../fakes/fake-registry.ts';
import { settle, setUpServices } from './service-fixture.ts';
import { versionOf } from './versions.ts';

const [v1, v2, v3] = [versionOf(1), versionOf(2), versionOf(3)];
const wine = (version: number) => versionOf(version, { name: 'wine' });
const ALL = 'models:/*/Production';
const GIGABYTE = 1_000_000_000;
const outage = new GatewayError('REGISTRY_UNAVAILABLE', 'http://registry does not answer');

async function predict({ servable }: Lease): Promise<readonly number[]> {
  const row: readonly Tensor[] = [{ type: 'float32', dims: [1, 2], data: Float32Array.of(1, 2) }];
  const { outputs } = await servable.infer(row, 1, Deadline.NEVER);
  return Array.from(outputs[0]!.data as Float32Array);
}

function positions(service: ModelService, route = 'iris') {
  const { current, previous, lastError } = service.status(route);
  return {
    current: current?.version ?? null,
    previous: previous?.version ?? null,
    isWarm: previous?.loadedAt != null,
    error: lastError?.code ?? null,
  };
}

describe('ModelService', () => {
  it('serves what the pointer names, and follows it', async () => {
    const { registry, start } = await setUpServices();
    registry.point('iris', v1);
    const { service } = await start();
    expect(service.readiness()).toEqual({ ready: true });
    using lease = service.lease('iris').lease;
    expect(await predict(lease)).toEqual([3]);
    registry.point('iris', v2);
    expect(await service.operations.refresh('iris')).toBe('done');
    expect(positions(service)).toEqual({ current: '2', previous: '1', isWarm: true, error: null });
    expect(lease.servable.version).toEqual(v1);
    expect(await predict(lease), 'the request that began before the swap').toEqual([3]);
  });

  it('says why a model cannot answer, and when to come back', async () => {
    const { registry, start } = await setUpServices({ pollIntervalMs: 7_000 });
    registry.fail('iris', new GatewayError('VERSION_NOT_READY', 'being copied'));
    const { service } = await start();
    expect(() => service.lease('iris')).toThrow(
      expect.objectContaining({ code: 'MODEL_NOT_READY', retryAfterSeconds: 7 }),
    );
    expect(() => service.lease('wine')).toThrow(expect.objectContaining({ code: 'MODEL_NOT_FOUND' }));
    expect(() => service.lease(null)).toThrow(expect.objectContaining({ code: 'MODEL_AMBIGUOUS' }));
    expect(service.readiness()).toEqual({
      ready: false,
      reason: 'model "iris" does not serve yet: being copied',
    });
  });

  it('names a route in metrics only if it is configured', async () => {
    const { registry, start } = await setUpServices({ defaultModel: { kind: 'named', route: 'iris' } });
    registry.point('iris', v1);
    const { service } = await start();
    expect([null, 'iris', 'wine'].map((route) => service.configuredRoute(route))).toEqual([
      'iris',
      'iris',
      '',
    ]);
    expect(service.isLoaded('iris', '1')).toBe(true);
    expect([service.isLoaded('iris', '2'), service.isLoaded('wine', '1')]).toEqual([false, false]);
    expect(service.queuedRows()).toEqual([{ route: 'iris', rows: 0 }]);
    expect(service.exampleRow('iris')).toEqual([0, 0]);
  });

  it('stays ready when a model joins that takes long, even if nobody had asked before', async () => {
    const { registry, start } = await setUpServices({ uris: [ALL] });
    registry.point('iris', v1);
    const { service, trials } = await start();
    await trials.nextTrial();
    trials.holdsTrials = true;
    registry.point('wine', wine(1));
    const refreshed = service.operations.refresh('iris');
    const slow = await trials.nextTrial();
    expect(service.statuses().map(({ name, ready }) => [name, ready])).toEqual([
      ['iris', true],
      ['wine', false],
    ]);
    expect(service.readiness()).toEqual({ ready: true });
    slow.resolve();
    await refreshed;
  });

  it('says that the registry cannot be read where nothing serves', async () => {
    const { registry, start } = await setUpServices({ uris: [ALL] });
    registry.outage = outage;
    const { service } = await start();
    expect(service.readiness()).toEqual({
      ready: false,
      reason: 'no model serves; http://registry does not answer',
    });
  });
});

describe('ModelService, started again on the same cache', () => {
  it('serves what it served last without registry and artifact store, and without a trial', async () => {
    const { registry, source, start } = await setUpServices({ uris: [ALL] });
    registry.point('iris', v1);
    registry.point('wine', wine(4));
    await (await start()).stop();
    registry.outage = outage;
    source.files.clear();
    const { service, trials } = await start();
    expect(service.readiness()).toEqual({ ready: true });
    expect([positions(service), positions(service, 'wine')]).toMatchObject([
      { current: '1', error: 'REGISTRY_UNAVAILABLE' },
      { current: '4', error: 'REGISTRY_UNAVAILABLE' },
    ]);
    expect(trials.trials).toHaveLength(0);
    registry.outage = null;
    await service.operations.refresh('iris');
    expect(positions(service)).toMatchObject({ current: '1', error: null });
  });

  it('serves it although the version that is wanted now is broken', async () => {
    const { registry, source, start } = await setUpServices();
    registry.point('iris', v1);
    await (await start()).stop();
    registry.point('iris', v2);
    source.files.set('model.onnx', Buffer.from('no graph'));
    const { service } = await start();
    expect(positions(service)).toMatchObject({ current: '1', error: 'INTERNAL' });
    expect(service.readiness()).toEqual({ ready: true });
  });

  it('can roll back to a version that is not loaded, out of a cache that has no room to spare', async () => {
    const { registry, source, start } = await setUpServices({ uris: [ALL], cacheOptions: { maxBytes: 1 } });
    registry.point('iris', v1);
    registry.point('wine', wine(4));
    const first = await start();
    registry.point('iris', v2);
    await first.service.operations.refresh('iris');
    await first.stop();
    registry.outage = outage;
    source.files.clear();
    const { service } = await start();
    expect(positions(service)).toMatchObject({ current: '2', previous: '1', isWarm: false });
    expect(await service.operations.rollback('iris')).toBe('done');
    expect(positions(service)).toMatchObject({ current: '1', previous: '2' });
    registry.outage = null;
    await service.operations.refresh('iris');
    expect(positions(service), 'the pointer has not changed').toMatchObject({ current: '1', previous: '2' });
  });

  it('evicts what it needs no more', async () => {
    const { registry, start } = await setUpServices({ cacheOptions: { maxBytes: 1 } });
    registry.point('iris', v1);
    const { service, cache } = await start();
    for (const version of [v2, v3, versionOf(4)]) {
      registry.point('iris', version);
      await service.operations.refresh('iris');
    }
    expect(await cache.find(v1)).toBeNull();
    expect(await cache.find(v3), 'the previous version').not.toBeNull();
  });
});

describe('ModelService, with little memory', () => {
  // So large that what the test process itself holds does not matter.
  const two = { graphBytes: 10 * GIGABYTE, memoryMaxBytes: 25 * GIGABYTE };
  const move = async (service: ModelService, registry: FakeRegistry, version: ModelVersion) => {
    registry.point(version.name, version);
    await service.operations.refresh(version.name);
  };

  it('refuses a version that does not fit, and goes on serving', async () => {
    const { registry, start } = await setUpServices({ ...two, memoryMaxBytes: 15 * GIGABYTE });
    registry.point('iris', v1);
    const { service } = await start();
    await move(service, registry, v2);
    expect(positions(service)).toEqual({
      current: '1',
      previous: null,
      isWarm: false,
      error: 'MEMORY_LIMIT',
    });
    expect(service.status('iris').nextRetryAt).not.toBeNull();
  });

  it('gives up a warm previous version for a load; its record stays', async () => {
    const { registry, start } = await setUpServices({ ...two, uris: [ALL] });
    registry.point('iris', v1);
    const { service } = await start();
    await move(service, registry, v2);
    registry.point('wine', wine(4));
    await service.operations.refresh('iris');
    await settle(service);
    expect(positions(service)).toMatchObject({ current: '2', previous: '1', isWarm: false });
    expect(positions(service, 'wine')).toMatchObject({ current: '4' });
    await expect(service.operations.rollback('iris')).rejects.toMatchObject({
      code: 'LOAD_FAILED',
    });
    expect(positions(service), 'which did no harm').toMatchObject({
      current: '2',
      previous: '1',
      error: null,
    });
  });

  it('gives up the one that was loaded longest ago first', async () => {
    const options = { ...two, memoryMaxBytes: 45 * GIGABYTE, uris: [ALL] };
    const { registry, start } = await setUpServices(options);
    registry.point('iris', v1);
    registry.point('wine', wine(4));
    const { service } = await start();
    await move(service, registry, v2);
    await move(service, registry, v3);
    await move(service, registry, wine(5));
    registry.point('digits', versionOf(1, { name: 'digits' }));
    await service.operations.refresh('iris');
    await settle(service);
    expect([positions(service), positions(service, 'wine')]).toMatchObject([
      { current: '3', previous: '2', isWarm: true },
      { current: '5', previous: '4', isWarm: false },
    ]);
    expect(positions(service, 'digits')).toMatchObject({ current: '1' });
  });

  it('waits for the last request of what it gives up, and survives a rollback to it meanwhile', async () => {
    const { registry, start } = await setUpServices({ ...two, uris: [ALL] });
    registry.point('iris', v1);
    const { service, engine } = await start();
    const { lease } = service.lease('iris');
    await move(service, registry, v2);
    registry.point('wine', wine(4));
    const refreshed = service.operations.refresh('iris');
    await expect.poll(() => positions(service).isWarm).toBe(false);
    expect(positions(service, 'wine').current).toBeNull();
    await expect(service.operations.rollback('iris')).rejects.toMatchObject({
      code: 'LOAD_FAILED',
    });
    expect(await predict(lease), 'version 1 still answers').toEqual([3]);
    lease[Symbol.dispose]();
    await refreshed;
    await settle(service);
    expect(positions(service)).toMatchObject({ current: '2', previous: '1' });
    expect(positions(service, 'wine')).toMatchObject({ current: '4' });
    expect(engine.openSessions).toHaveLength(2);
  });

  it('has no memory left that nothing holds, after failures and closes', async () => {
    const { registry, start } = await setUpServices({ ...two, uris: [ALL] });
    registry.point('iris', v1);
    const { service, trials } = await start();
    await trials.nextTrial();
    trials.holdsTrials = true;
    for (const version of [2, 3, 4]) {
      registry.point('iris', versionOf(version));
      const refreshed = service.operations.refresh('iris');
      (await trials.nextTrial()).reject();
      await refreshed;
    }
    trials.holdsTrials = false;
    await move(service, registry, versionOf(5));
    expect(positions(service)).toMatchObject({ current: '5', previous: '1', isWarm: true });
  });
});

describe('ModelService, shutting down', () => {
  it('is unready at once, loads nothing any more, and serves until it stops', async () => {
    const { registry, start, directory } = await setUpServices();
    registry.point('iris', v1);
    const { service, trials, engine, recorded, stop } = await start();
    await trials.nextTrial();
    trials.holdsTrials = true;
    registry.point('iris', v2);
    const refreshed = service.operations.refresh('iris');
    const trial = await trials.nextTrial();
    service.beginShutdown();
    expect(service.readiness()).toEqual({ ready: false, reason: 'the server is shutting down' });
    expect(trial.signal.aborted).toBe(true);
    await refreshed;
    const { lease } = service.lease('iris');
    expect(await predict(lease)).toEqual([3]);
    const polls = registry.polls.length;
    await service.operations.refresh('iris');
    expect(registry.polls).toHaveLength(polls);
    lease[Symbol.dispose]();
    await stop();
    expect(engine.openSessions).toEqual([]);
    expect(recorded.of('closed')).toEqual([['1', null]]);
    expect(await readdir(join(directory, 'tmp')), 'no work directory is left').toEqual([]);
    const states = await readdir(join(directory, 'state'));
    const markers = states.find((name) => name.endsWith('.loading'))!;
    expect(await readdir(join(directory, 'state', markers)), 'no load counts as a death').toEqual([]);
  });

  it('ignores an answer of the registry that arrives while it stops', async () => {
    const { registry, start } = await setUpServices({ uris: [ALL] });
    registry.point('iris', v1);
    const { service, stop } = await start();
    registry.holdsPolls = true;
    registry.point('wine', wine(4));
    const refreshed = service.operations.refresh('iris');
    const stopped = stop();
    registry.polls.at(-1)!.resolve();
    await Promise.all([refreshed, stopped]);
    expect(service.statuses().map(({ name }) => name)).toEqual(['iris']);
  });

  it('stops twice without harm', async () => {
    const { registry, start } = await setUpServices();
    registry.point('iris', v1);
    const { service, recorded } = await start();
    await Promise.all([service.stop(), service.stop()]);
    await service.stop();
    expect(recorded.of('closed')).toEqual([['1', null]]);
  });
});
