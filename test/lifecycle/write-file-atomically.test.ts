import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeFileAtomically } from '../../src/lifecycle/write-file-atomically.ts';
import { temporaryDirectory } from '../artifacts/cache-fixture.ts';

describe('writeFileAtomically', () => {
  it('makes the folder, and a file that only its owner can read', async () => {
    const path = join(await temporaryDirectory(), 'a', 'b.json');
    await writeFileAtomically(path, 'text');
    expect(await readFile(path, 'utf8')).toBe('text');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it('never lets a reader see half a text', async () => {
    const path = join(await temporaryDirectory(), 'a.json');
    const texts = ['a', 'b'].map((letter) => letter.repeat(200_000));
    await writeFileAtomically(path, texts[0]!);
    let isWriting = true;
    const writing = (async () => {
      for (let round = 0; round < 20; round++) await writeFileAtomically(path, texts[round % 2]!);
      isWriting = false;
    })();
    let reads = 0;
    while (isWriting) {
      expect(texts).toContain(await readFile(path, 'utf8'));
      reads++;
    }
    await writing;
    expect(reads).toBeGreaterThan(0);
  });

  it('leaves the old text and nothing else when it fails', async () => {
    const directory = await temporaryDirectory();
    const path = join(directory, 'a.json');
    await mkdir(path);
    await writeFile(join(path, 'inside'), '');
    await expect(writeFileAtomically(path, 'text')).rejects.toThrow();
    expect(await readdir(directory)).toEqual(['a.json']);
  });
});
