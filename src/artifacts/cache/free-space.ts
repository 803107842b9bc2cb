import { statfs } from 'node:fs/promises';
import { byteText } from '../byte-text.ts';

/** As if the disk were full, before it is. */
export class NoRoom extends Error {
  readonly code = 'ENOSPC';

  constructor(neededBytes: number, freeBytes: number) {
    super(`${byteText(neededBytes)} are needed, ${byteText(freeBytes)} are free`);
  }
}

/**
 * Stops a download that cannot end well before it fills the disk for everybody else.
 *
 * @param neededBytes `null` if unknown: then nothing is checked.
 * @throws NoRoom.
 */
export async function requireRoom(directory: string, neededBytes: number | null): Promise<void> {
  if (neededBytes === null) return;
  const { blocks, bavail, bsize } = await statfs(directory);
  // Some network and virtual file systems do not tell: all their figures are 0.
  if (blocks > 0 && bavail * bsize < neededBytes) throw new NoRoom(neededBytes, bavail * bsize);
}
