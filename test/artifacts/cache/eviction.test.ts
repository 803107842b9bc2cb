import { mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cacheKey } from '../../../src/artifacts/cache-key.ts';
import { MemorySource } from '../../fakes/memory-source.ts';
import { openCache, temporaryDirectory } from '../cache-fixture.ts';
import { rulesFor, versionOf } from '../versions.ts';

const { signal } = new AbortController();
const rules = rulesFor('memory:/iris');
const HUNDRED_BYTES = { 'model.onnx': 'x'.repeat(100) };

async function cacheOfHundreds(maxBytes: number) {
  const directory = await temporaryDirectory();
  const clock = { now: Date.now() };
  const now = () => {
    clock.now += 1_000;
    return clock.now;
  };
  const sources = [new MemorySource(HUNDRED_BYTES)];
  const open = () => openCache({ directory, maxBytes, sources, now });
  const versions = async () => {
    const keys = await readdir(join(directory, 'versions'));
    return ['1', '2', '3', '4'].filter((version) => keys.includes(cacheKey(versionOf(version))));
  };
  return { directory, clock, open, versions, ...(await open()) };
}

describe('eviction', () => {
  it('removes the least recently used versions, down to the limit and no further', async () => {
    const { cache, versions } = await cacheOfHundreds(300);
    for (const version of ['1', '2', '3']) await cache.ensure(versionOf(version), rules, signal);
    expect(await versions()).toEqual(['1', '2', '3']);
    await cache.find(versionOf('1'));
    await cache.ensure(versionOf('4'), rules, signal);
    expect(await versions()).toEqual(['1', '3', '4']);
  });

  it('spares what is held until as many releases, and says when that is over the limit', async () => {
    const { cache, versions, notes } = await cacheOfHundreds(100);
    const key = cacheKey(versionOf('1'));
    cache.hold(key);
    cache.hold(key);
    await cache.ensure(versionOf('1'), rules, signal);
    await cache.ensure(versionOf('2'), rules, signal);
    expect(await versions()).toEqual(['1', '2']);
    expect(notes).toEqual([
      'versions in use take 100 bytes more than SWITCHYARD_CACHE_MAX_BYTES (100) allows; none can be evicted',
    ]);
    cache.release(key);
    await cache.ensure(versionOf('3'), rules, signal);
    expect(await versions()).toEqual(['1', '3']);
    cache.release(key);
    await cache.ensure(versionOf('4'), rules, signal);
    expect(await versions()).toEqual(['4']);
  });

  it('spares what another user of the directory holds', async () => {
    const { cache, open, versions } = await cacheOfHundreds(100);
    const { cache: other, beat } = await open();
    other.hold(cacheKey(versionOf('1')));
    await other.ensure(versionOf('1'), rules, signal);
    await cache.ensure(versionOf('2'), rules, signal);
    expect(await versions()).toEqual(['1', '2']);
    other.release(cacheKey(versionOf('1')));
    beat();
    await other.ensure(versionOf('2'), rules, signal);
    await cache.ensure(versionOf('3'), rules, signal);
    expect(await versions()).not.toContain('1');
  });

  it('removes damaged entries first', async () => {
    const { cache, directory, versions } = await cacheOfHundreds(200);
    for (const version of ['1', '2']) await cache.ensure(versionOf(version), rules, signal);
    await writeFile(join(directory, 'versions', cacheKey(versionOf('2')), 'entry.json'), 'x');
    await cache.ensure(versionOf('3'), rules, signal);
    expect(await versions()).toContain('1');
  });
});

describe('the holds and leftovers of a process that cannot be looked up', () => {
  const FIVE_MINUTES = 300_000;

  /** Pretends to be a process of another container that gave its last sign `ageMs` ago. */
  async function addStranger(directory: string, time: number): Promise<void> {
    const file = join(directory, 'processes', 'stranger.json');
    const process = { bootId: 'another', pidNamespace: 'pid:[1]', pid: 1, startTime: '1' };
    await writeFile(file, JSON.stringify({ process, held: [cacheKey(versionOf('1'))] }));
    await utimes(file, new Date(time), new Date(time));
    await mkdir(join(directory, 'tmp', 'stranger', 'download-1'), { recursive: true });
    await writeFile(join(directory, 'claims', cacheKey(versionOf('4'))), 'stranger');
  }

  it('count while it gives signs of life', async () => {
    const { cache, directory, clock, open, versions } = await cacheOfHundreds(100);
    await cache.ensure(versionOf('1'), rules, signal);
    await addStranger(directory, clock.now - FIVE_MINUTES + 60_000);
    await open();
    await cache.ensure(versionOf('2'), rules, signal);
    expect(await versions()).toEqual(['1', '2']);
    expect(await readdir(join(directory, 'tmp'))).toContain('stranger');
    expect(await readdir(join(directory, 'claims'))).toHaveLength(1);
  });

  it('are swept five minutes after its last sign', async () => {
    const { cache, directory, clock, open, versions } = await cacheOfHundreds(100);
    await cache.ensure(versionOf('1'), rules, signal);
    await addStranger(directory, clock.now - FIVE_MINUTES - 60_000);
    await cache.ensure(versionOf('4'), rules, signal);
    expect(await versions()).toEqual(['4']);
    await open();
    expect(await readdir(join(directory, 'tmp'))).not.toContain('stranger');
    expect(await readdir(join(directory, 'processes'))).not.toContain('stranger.json');
    expect(await readdir(join(directory, 'claims'))).toEqual([]);
  });
});

describe('the heartbeat', () => {
  it('renews the sign of life, also after the file was removed', async () => {
    const { cache, beat, directory } = await cacheOfHundreds(100);
    cache.hold('some-key');
    await cache.ensure(versionOf('1'), rules, signal);
    const [name] = await readdir(join(directory, 'processes'));
    await writeFile(join(directory, 'processes', name!), '');
    beat();
    await cache.ensure(versionOf('1'), rules, signal);
    const content = JSON.parse(await readFile(join(directory, 'processes', name!), 'utf8'));
    expect(content.held).toContain('some-key');
  });
});
