import { statfs } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { isDiskFull, toCacheError } from '../../../src/artifacts/cache/disk-error.ts';
import { requireRoom } from '../../../src/artifacts/cache/free-space.ts';
import { temporaryDirectory } from '../cache-fixture.ts';

describe('requireRoom', () => {
  it('lets pass what fits, and what nobody knows the size of', async () => {
    const directory = await temporaryDirectory();
    await requireRoom(directory, 1);
    await requireRoom(directory, null);
  });

  it('refuses what is larger than the disk as a full disk does, with both figures', async () => {
    const directory = await temporaryDirectory();
    const { blocks, bsize } = await statfs(directory);
    const error = await requireRoom(directory, blocks * bsize + 1).catch((thrown: unknown) => thrown);
    expect(isDiskFull(error)).toBe(true);
    expect(toCacheError(error, '/cache')).toMatchObject({
      code: 'CACHE_UNAVAILABLE',
      message: expect.stringMatching(
        /^no space is left for the artifact cache in "\/cache" \([\d.]+ [kMGT]B are needed, [\d.]+ \w+ are free\): free some/,
      ),
    });
  });
});
