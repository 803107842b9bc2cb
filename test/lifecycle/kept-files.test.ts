import { describe, expect, it } from 'vitest';
import { cacheKey } from '../../src/artifacts/cache-key.ts';
import { KeptFiles } from '../../src/lifecycle/kept-files.ts';
import { versionOf } from './versions.ts';

describe('KeptFiles', () => {
  it('holds each version once while it is named, and releases it when it is not', () => {
    const held: string[] = [];
    const files = new KeptFiles({
      hold: (key) => void held.push(key),
      release: (key) => void held.splice(held.indexOf(key), 1),
    });
    const [v1, v2, v3] = [versionOf(1), versionOf(2), versionOf(3)];
    files.keepOnly([v1, v2, v1]);
    files.keepOnly([v1, v2]);
    expect(held).toEqual([v1, v2].map(cacheKey));
    files.keepOnly([v2, v3]);
    expect(held).toEqual([v2, v3].map(cacheKey));
    files.keepOnly([]);
    expect(held).toEqual([]);
  });
});
