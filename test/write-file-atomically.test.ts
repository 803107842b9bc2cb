import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeFileAtomically } from '../src/write-file-atomically.ts';
import { temporaryDirectory } from './artifacts/cache-fixture.ts';

describe('writeFileAtomically', () => {
  it('makes the folder, and a file with the mode that is given', async () => {
    const path = join(await temporaryDirectory(), 'a', 'b.json');
    await writeFileAtomically(path, 'text', 0o600);
    expect(await readFile(path, 'utf8')).toBe('text');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it('keeps the mode of a file that is there', async () => {
    const path = join(await temporaryDirectory(), 'a.yaml');
    await writeFile(path, 'old', { mode: 0o640 });
    await writeFileAtomically(path, 'new', 0o600);
    expect([await readFile(path, 'utf8'), (await stat(path)).mode & 0o777]).toEqual(['new', 0o640]);
  });

  it('never lets a reader see half a text', async () => {
    const path = join(await temporaryDirectory(), 'a.json');
    const texts = ['a', 'b'].map((letter) => letter.repeat(200_000));
    await writeFileAtomically(path, texts[0]!, 0o600);
    let isWriting = true;
    const writing = (async () => {
      for (let round = 0; round < 20; round++) await writeFileAtomically(path, texts[round % 2]!, 0o600);
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
    await expect(writeFileAtomically(path, 'text', 0o600)).rejects.toThrow();
    expect(await readdir(directory)).toEqual(['a.json']);
  });
});
