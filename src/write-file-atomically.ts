import { randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { syncDirectory } from './sync-directory.ts';

/**
 * Replaces or makes a file, and its folder, so that a reader, or a start after `kill -9` or a power cut, sees the old or
 * the new text whole. What a crash leaves behind has a name that begins with a dot.
 *
 * @param newMode of a file that is not there yet; one that is keeps its own.
 */
export async function writeFileAtomically(path: string, text: string, newMode: number): Promise<void> {
  const directory = dirname(path);
  await mkdir(directory, { recursive: true });
  const mode = await stat(path).then(
    (stats) => stats.mode & 0o777,
    () => newMode,
  );
  const temporary = join(directory, `.${basename(path)}-${randomUUID()}`);
  try {
    const file = await open(temporary, 'wx', mode);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncDirectory(directory);
}
