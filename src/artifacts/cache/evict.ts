import { randomUUID } from 'node:crypto';
import { readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { CacheLayout } from './cache-layout.ts';
import { errnoOf, isMissing } from './disk-error.ts';
import { derivedBytes, lastUseOf, readEntry } from './entry.ts';
import type { Presence } from './presence.ts';

export interface Eviction {
  readonly layout: CacheLayout;
  readonly presence: Presence;
  readonly maxBytes: number;
  /**
   * Sizes of entries that were looked at before, by key; kept up to date here. An entry's files never change; whoever
   * keeps something with them takes its size out.
   */
  readonly sizes: Map<string, number>;
}

export interface EvictionResult {
  /** How many versions were removed. */
  readonly removed: number;
  /** What is over the limit because it is held. */
  readonly excessBytes: number;
}

/** Removes versions nobody holds, least recently used first, until the rest is not larger than `maxBytes`. */
export async function evict(eviction: Eviction): Promise<EvictionResult> {
  const { layout, maxBytes, sizes } = eviction;
  await readSizes(layout, sizes);
  let total = sizes.values().reduce((sum, size) => sum + size, 0);
  if (total <= maxBytes) return { removed: 0, excessBytes: 0 };
  let removed = 0;
  for (const { key, sizeBytes } of await leastRecentlyUsed(layout, sizes)) {
    if (total <= maxBytes) break;
    if (!(await removeUnlessHeld(eviction, key))) continue;
    sizes.delete(key);
    total -= sizeBytes;
    removed++;
  }
  return { removed, excessBytes: Math.max(0, total - maxBytes) };
}

/** Removes one entry; false if somebody holds it. */
export async function removeUnlessHeld(
  { layout, presence }: Pick<Eviction, 'layout' | 'presence'>,
  key: string,
): Promise<boolean> {
  if (await isHeld(presence, key)) return false;
  const entry = join(layout.versions, key);
  const trash = await takeAway(entry, presence);
  if (trash === null) return true;
  // Whoever published a hold in between and found the entry gets it back; who publishes from here on finds it missing.
  if ((await isHeld(presence, key)) && (await putBack(trash, entry))) return false;
  await rm(trash, { recursive: true, force: true });
  return true;
}

/** Moves an entry out of sight in one step; `null` if it is gone already. */
export async function takeAway(entry: string, presence: Presence): Promise<string | null> {
  const trash = join(presence.tmp, `trash-${randomUUID()}`);
  try {
    await rename(entry, trash);
    return trash;
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

async function putBack(trash: string, entry: string): Promise<boolean> {
  try {
    await rename(trash, entry);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'ENOTEMPTY' || errnoOf(error) === 'EEXIST') return false;
    throw error;
  }
}

async function isHeld(presence: Presence, key: string): Promise<boolean> {
  if (presence.isHeld(key)) return true;
  const others = await presence.neighbours();
  return others.some(
    (other) => other.instance !== presence.instance && !other.isGone && other.held.includes(key),
  );
}

/** A damaged entry counts as empty. */
async function readSizes(layout: CacheLayout, sizes: Map<string, number>): Promise<void> {
  const keys = new Set(await readdir(layout.versions));
  for (const key of sizes.keys()) if (!keys.has(key)) sizes.delete(key);
  for (const key of keys) {
    if (sizes.has(key)) continue;
    const entry = join(layout.versions, key);
    const record = await readEntry(entry, key);
    if (record === 'missing') continue;
    sizes.set(key, record === 'damaged' ? 0 : record.sizeBytes + (await derivedBytes(entry)));
  }
}

interface SizedEntry {
  readonly key: string;
  readonly sizeBytes: number;
  readonly lastUse: number;
}

/** Damaged entries come first. */
async function leastRecentlyUsed(
  layout: CacheLayout,
  sizes: ReadonlyMap<string, number>,
): Promise<readonly SizedEntry[]> {
  const entries: SizedEntry[] = [];
  for (const [key, sizeBytes] of sizes) {
    const lastUse = sizeBytes === 0 ? 0 : await lastUseOf(join(layout.versions, key)).catch(() => 0);
    entries.push({ key, sizeBytes, lastUse });
  }
  return entries.sort((left, right) => left.lastUse - right.lastUse);
}
