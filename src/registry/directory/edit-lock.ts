import { open, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { GatewayError } from '../../errors.ts';

/** An edit takes milliseconds; a lock this old was left by a command that was killed. */
const STALE_AFTER_MS = 10_000;
const RETRY_AFTER_MS = 25;

/**
 * Runs `edit` while no other command edits the same model.
 *
 * @throws what `edit` throws, or the file system's error if the folder cannot be written; GatewayError
 *   REGISTRY_UNAVAILABLE if another command holds the lock for longer than edits take.
 */
export async function withEditLock<T>(modelPath: string, edit: () => Promise<T>): Promise<T> {
  const path = join(modelPath, '.registry.lock');
  const giveUpAt = Date.now() + 3 * STALE_AFTER_MS;
  while (!(await tryCreate(path))) {
    const stats = await stat(path).catch(() => null);
    if (stats !== null && Date.now() - stats.mtimeMs > STALE_AFTER_MS) await rm(path, { force: true });
    if (Date.now() > giveUpAt) {
      throw new GatewayError(
        'REGISTRY_UNAVAILABLE',
        `another command is editing "${modelPath}" (delete "${path}" if not)`,
      );
    }
    await delay(RETRY_AFTER_MS);
  }
  try {
    return await edit();
  } finally {
    await rm(path, { force: true });
  }
}

async function tryCreate(path: string): Promise<boolean> {
  try {
    await (await open(path, 'wx')).close();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}
