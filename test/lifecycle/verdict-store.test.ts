import { readdir, writeFile } from 'node:fs/promises';
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

  it('says that the cache cannot be written where a verdict cannot', async () => {
    const path = join(await temporaryDirectory(), 'file');
    await writeFile(path, '');
    const store = new VerdictStore(path, 'onnxruntime 1');
    await expect(store.remember('sha256:1', VERDICT)).rejects.toMatchObject({ code: 'CACHE_UNAVAILABLE' });
  });
});
