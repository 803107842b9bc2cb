import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CacheLayout } from './cache-layout.ts';
import { errnoOf, isMissing } from './disk-error.ts';
import type { Presence } from './presence.ts';

/** A claim without a name in it is being written, unless it is older than this. */
const UNNAMED_AFTER_MS = 5_000;

/**
 * Keeps the processes that share a cache from downloading the same version at once. It only saves work: what makes
 * downloads safe is the rename at their end, so a claim that is lost or taken twice does no harm.
 */
export class Claims {
  readonly #directory: string;
  readonly #presence: Presence;

  constructor(layout: CacheLayout, presence: Presence) {
    this.#directory = layout.claims;
    this.#presence = presence;
  }

  /** The function that gives the claim back; `null` while a living process, perhaps this one, has it. */
  async take(key: string): Promise<(() => Promise<void>) | null> {
    const file = join(this.#directory, key);
    for (let attempt = 0; attempt < 2; attempt++) {
      try {
        await writeFile(file, this.#presence.instance, { flag: 'wx', mode: 0o600 });
        return () => rm(file, { force: true });
      } catch (error) {
        if (errnoOf(error) !== 'EEXIST') throw error;
      }
      if (await this.#isOwned(file)) return null;
      await rm(file, { force: true });
    }
    return null;
  }

  /** Removes the claims of those who are gone. */
  async sweep(): Promise<void> {
    for (const key of await readdir(this.#directory)) {
      const file = join(this.#directory, key);
      if (!(await this.#isOwned(file))) await rm(file, { force: true });
    }
  }

  async #isOwned(file: string): Promise<boolean> {
    try {
      const owner = await readFile(file, 'utf8');
      if (owner === '') return Date.now() - (await stat(file)).mtimeMs < UNNAMED_AFTER_MS;
      const neighbour = await this.#presence.neighbour(owner);
      return neighbour !== null && !neighbour.isSilent;
    } catch (error) {
      if (isMissing(error)) return false;
      throw error;
    }
  }
}
