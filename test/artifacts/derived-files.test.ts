import { chmod, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { CachedVersion } from '../../src/artifacts/artifact-cache.ts';
import { MemorySource } from '../fakes/memory-source.ts';
import { openCache, temporaryDirectory } from './cache-fixture.ts';
import { MLMODEL, rulesFor, versionOf } from './versions.ts';

const { signal } = new AbortController();
const FILES = { MLmodel: MLMODEL, 'model.onnx': 'graph' };
const rules = rulesFor('memory:/iris');

async function cacheOf(directory: string, options: object = {}) {
  return openCache({ directory, sources: [new MemorySource(FILES)], ...options });
}

async function derive(cached: CachedVersion, name: string, text: string): Promise<string> {
  const path = join(await cached.createWorkDirectory(), 'made');
  await writeFile(path, text);
  return cached.derived.keep(name, path);
}

describe('what is derived of a version', () => {
  it('is found again, also by another process, and goes with the version', async () => {
    const directory = await temporaryDirectory();
    const { cache } = await cacheOf(directory);
    const cached = await cache.ensure(versionOf('1'), rules, signal);
    expect(await cached.derived.find('graph')).toBeNull();
    const path = await derive(cached, 'graph', 'made of it');
    expect(await cached.derived.find('graph')).toBe(path);
    const neighbour = await cacheOf(directory);
    const theirs = await neighbour.cache.ensure(versionOf('1'), rules, signal);
    expect(await theirs.derived.find('graph')).toBe(path);
    expect(await readFile(path, 'utf8')).toBe('made of it');
    await cached.discard();
    expect(await cached.derived.find('graph')).toBeNull();
  });

  it('takes the place of what was kept under its name', async () => {
    const { cache } = await cacheOf(await temporaryDirectory());
    const cached = await cache.ensure(versionOf('1'), rules, signal);
    const path = await derive(cached, 'graph', 'damaged');
    expect(await derive(cached, 'graph', 'whole')).toBe(path);
    expect(await readFile(path, 'utf8')).toBe('whole');
  });

  it('counts as part of the version when the cache is full', async () => {
    const directory = await temporaryDirectory();
    const { cache } = await cacheOf(directory, { maxBytes: 1000 });
    const first = await cache.ensure(versionOf('1'), rules, signal);
    await cache.ensure(versionOf('2'), rules, signal);
    expect(await readdir(join(directory, 'versions'))).toHaveLength(2);
    cache.hold(first.key);
    await derive(first, 'graph', 'x'.repeat(990));
    expect(await readdir(join(directory, 'versions'))).toEqual([first.key]);
  });

  it('is refused where the version is gone, or nothing may be written, and lies where it lay', async () => {
    const directory = await temporaryDirectory();
    const { cache } = await cacheOf(directory);
    const cached = await cache.ensure(versionOf('1'), rules, signal);
    const work = await cached.createWorkDirectory();
    await writeFile(join(work, 'made'), 'text');
    await rename(join(directory, 'versions', cached.key), join(directory, 'away'));
    const refusal = { code: 'CACHE_UNAVAILABLE' };
    await expect(cached.derived.keep('graph', join(work, 'made'))).rejects.toMatchObject(refusal);
    await rename(join(directory, 'away'), join(directory, 'versions', cached.key));
    if (process.getuid?.() !== 0) {
      await chmod(join(directory, 'versions', cached.key), 0o500);
      await expect(cached.derived.keep('graph', join(work, 'made'))).rejects.toMatchObject(refusal);
      await chmod(join(directory, 'versions', cached.key), 0o700);
    }
    // What is no directory takes the place of the one for derived files.
    await writeFile(join(directory, 'versions', cached.key, 'derived'), '');
    await expect(cached.derived.keep('graph', join(work, 'made'))).rejects.toMatchObject(refusal);
    expect(await readFile(join(work, 'made'), 'utf8')).toBe('text');
  });
});
