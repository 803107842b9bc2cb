import { describe, expect, it } from 'vitest';
import { KnownVersions } from '../../src/lifecycle/known-versions.ts';
import { pointerOfChoice } from '../../src/model/version-choice.ts';
import { FakeRegistry } from '../fakes/fake-registry.ts';
import { versionOf } from './versions.ts';

function setUp() {
  const registry = new FakeRegistry();
  const clock = { now: 0 };
  const versions = new KnownVersions({ registry, rememberMs: 1_000, now: () => clock.now });
  const find = async (label: string, name = 'iris') =>
    versions.find({ name, pointer: pointerOfChoice({ kind: 'label', label }) });
  return { registry, clock, find };
}

describe('KnownVersions', () => {
  it('asks the registry once in a poll, for many requests at the same time, too', async () => {
    const { registry, clock, find } = setUp();
    registry.point('iris', versionOf(3));
    expect(await Promise.all([find('champion'), find('champion')])).toEqual(['3', '3']);
    clock.now = 999;
    await find('champion');
    expect(registry.reads).toHaveLength(1);
    clock.now = 1_000;
    registry.point('iris', versionOf(4));
    expect(await find('champion')).toBe('4');
    expect(registry.reads).toHaveLength(2);
  });

  it('remembers that there is none', async () => {
    const { registry, find } = setUp();
    registry.point('iris', null);
    await expect(find('nobody')).rejects.toMatchObject({ code: 'VERSION_NOT_FOUND' });
    await expect(find('nobody')).rejects.toMatchObject({ code: 'VERSION_NOT_FOUND' });
    expect(registry.reads).toHaveLength(1);
  });

  it('keeps clients that ask for ever other versions from making the registry busy', async () => {
    const { registry, find } = setUp();
    registry.point('iris', versionOf(3));
    registry.holdsReads = true;
    const asked = Array.from({ length: 8 }, (_, index) => find(`label-${index}`));
    await expect(find('one-more')).rejects.toMatchObject({ code: 'MODEL_OVERLOADED', retryAfterSeconds: 1 });
    for (const read of registry.reads) read.resolve();
    await Promise.all(asked);
    registry.holdsReads = false;
    expect(await find('one-more')).toBe('3');
  });

  it('takes stages in any case, and other labels as aliases', () => {
    const pointer = (label: string) => pointerOfChoice({ kind: 'label', label });
    expect(pointer('production')).toEqual({ kind: 'stage', stage: 'Production' });
    expect(pointer('Champion')).toEqual({ kind: 'alias', alias: 'Champion' });
    expect(pointer('LATEST')).toEqual({ kind: 'latest' });
    expect(pointerOfChoice({ kind: 'version', version: '3' })).toEqual({ kind: 'version', version: '3' });
  });
});
