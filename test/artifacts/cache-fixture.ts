import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { ArtifactCache, type ArtifactCacheOptions } from '../../src/artifacts/artifact-cache.ts';

/** A directory that is removed when the test ends. */
export async function temporaryDirectory(): Promise<string> {
  const directory = await realpath(await mkdtemp(join(tmpdir(), 'switchyard-cache-')));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** A cache that is closed when the test ends, with a heartbeat that beats when the test says so. */
export async function openCache(options: Partial<ArtifactCacheOptions> & { directory: string }) {
  const notes: string[] = [];
  let beat = () => {};
  const cache = await ArtifactCache.open({
    maxBytes: 1e9,
    sources: [],
    onNote: (note) => notes.push(note),
    pause: async () => {},
    every: (_intervalMs, task) => {
      beat = task;
      return () => {};
    },
    ...options,
  });
  onTestFinished(() => cache.close());
  return { cache, notes, beat: () => beat() };
}
