import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { CacheLayout } from './cache-layout.ts';
import type { Presence } from './presence.ts';

/** Removes what processes that are gone have left behind: half downloads, work directories, holds. */
export async function sweep(layout: CacheLayout, presence: Presence): Promise<void> {
  // Read in this order: who has a directory in tmp/ had its file in processes/ before.
  const directories = await readdir(layout.tmp);
  const neighbours = await presence.neighbours();
  const living = new Set(neighbours.filter((one) => !one.isGone).map((one) => one.instance));
  living.add(presence.instance);
  for (const directory of directories) {
    if (!living.has(directory)) await rm(join(layout.tmp, directory), { recursive: true, force: true });
  }
  for (const { instance, isGone } of neighbours) {
    if (isGone && instance !== presence.instance) await presence.forget(instance);
  }
}
