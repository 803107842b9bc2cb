import { readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Verdict } from '../../src/lifecycle/gate.ts';
import { VerdictStore } from '../../src/lifecycle/verdict-store.ts';
import { temporaryDirectory } from '../artifacts/cache-fixture.ts';

const VERDICT: Verdict = {
  loadMs: 1.5,
  runMs: null,
  memoryBytes: 1_000,
  areProbabilities: null,
  takesNaN: [true, false],
  canShareBatches: true,
  notes: ['a note'],
};

describe('VerdictStore', () => {
  it('finds what it remembered, after a restart too', async () => {
    const directory = await temporaryDirectory();
    const store = new VerdictStore(directory, 'onnxruntime 1');
    expect(await store.find('sha256:1')).toBeNull();
    await store.remember('sha256:1', VERDICT);
    expect(await new VerdictStore(directory, 'onnxruntime 1').find('sha256:1')).toEqual(VERDICT);
    expect(await store.find('sha256:2')).toBeNull();
  });

  it('has nothing to say under another runtime', async () => {
    const directory = await temporaryDirectory();
    await new VerdictStore(directory, 'onnxruntime 1').remember('sha256:1', VERDICT);
    expect(await new VerdictStore(directory, 'onnxruntime 2').find('sha256:1')).toBeNull();
  });

  it('takes a damaged verdict for none', async () => {
    const directory = await temporaryDirectory();
    const store = new VerdictStore(directory, 'onnxruntime 1');
    await store.remember('sha256:1', VERDICT);
    const [file] = await readdir(directory);
    await writeFile(join(directory, file!), '{"loadMs":');
    expect(await store.find('sha256:1')).toBeNull();
  });

  it('forgets the oldest half when there are too many', async () => {
    const directory = await temporaryDirectory();
    const store = new VerdictStore(directory, 'onnxruntime 1', 4);
    for (const second of [1, 2, 3, 4]) {
      const before = await readdir(directory);
      await store.remember(`sha256:${second}`, VERDICT);
      const [file] = (await readdir(directory)).filter((name) => !before.includes(name));
      await utimes(join(directory, file!), second, second);
    }
    await store.remember('sha256:5', VERDICT);
    const digests = [1, 2, 3, 4, 5].map((second) => store.find(`sha256:${second}`));
    expect((await Promise.all(digests)).map((verdict) => verdict !== null)).toEqual([
      false,
      false,
      false,
      true,
      true,
    ]);
  });

  it('says that the cache cannot be written where a verdict cannot', async () => {
    const path = join(await temporaryDirectory(), 'file');
    await writeFile(path, '');
    const store = new VerdictStore(path, 'onnxruntime 1');
    await expect(store.remember('sha256:1', VERDICT)).rejects.toMatchObject({ code: 'CACHE_UNAVAILABLE' });
  });
});
