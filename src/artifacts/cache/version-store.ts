import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { GatewayError } from '../../errors.ts';
import { syncDirectory } from '../../sync-directory.ts';
import { keyStem } from '../cache-key.ts';
import type { CacheLayout } from './cache-layout.ts';
import { errnoOf, isMissing } from './disk-error.ts';
import {
  derivedDirectory,
  type EntryRecord,
  filesDirectory,
  hasAllFiles,
  hasRightContent,
  readEntry,
  touchEntry,
} from './entry.ts';
import { type EvictionResult, evict, removeUnlessHeld, takeAway } from './evict.ts';
import type { Presence } from './presence.ts';

const INSTALL_ATTEMPTS = 3;

/** The whole versions on the disk. Errors of the file system are thrown as they are. */
export class VersionStore {
  readonly #layout: CacheLayout;
  readonly #presence: Presence;
  readonly #now: () => number;
  /** Keys whose content this process has checked or written. */
  readonly #checked = new Set<string>();
  readonly #sizes = new Map<string, number>();

  constructor(layout: CacheLayout, presence: Presence, now: () => number) {
    this.#layout = layout;
    this.#presence = presence;
    this.#now = now;
  }

  /** Where the files of an entry lie. */
  filesOf(key: string): string {
    return filesDirectory(join(this.#layout.versions, key));
  }

  /** The entry, if it is whole, noted as used now. A damaged one is thrown away. */
  async find(key: string): Promise<EntryRecord | null> {
    const entry = join(this.#layout.versions, key);
    const record = await readEntry(entry, key);
    if (record === 'missing') return null;
    if (record === 'damaged' || !(await this.#isWhole(entry, record))) {
      await this.remove(key);
      return null;
    }
    await touchEntry(entry, this.#now());
    return record;
  }

  /** Throws an entry away, whoever holds it: its files are not what they should be. */
  async remove(key: string): Promise<void> {
    this.#checked.delete(key);
    this.#sizes.delete(key);
    const trash = await takeAway(join(this.#layout.versions, key), this.#presence);
    if (trash !== null) await rm(trash, { recursive: true, force: true });
  }

  /**
   * Puts a finished download in its place by one rename; if another process was faster, its copy is the one that counts.
   * Copies of the same version from another source go, unless they are held.
   */
  async install(staging: string, key: string): Promise<EntryRecord> {
    const entry = join(this.#layout.versions, key);
    for (let attempt = 0; attempt < INSTALL_ATTEMPTS; attempt++) {
      try {
        await touchEntry(staging, this.#now());
        await rename(staging, entry);
        await syncDirectory(this.#layout.versions);
        this.#checked.add(key);
      } catch (error) {
        if (errnoOf(error) !== 'ENOTEMPTY' && errnoOf(error) !== 'EEXIST') throw error;
      }
      const record = await this.find(key);
      if (record === null) continue;
      await this.#removeOtherSources(key);
      return record;
    }
    throw new GatewayError('CACHE_UNAVAILABLE', `"${entry}" does not stay: something else changes the cache`);
  }

  async #removeOtherSources(key: string): Promise<void> {
    for (const other of await readdir(this.#layout.versions)) {
      if (other !== key && other.startsWith(keyStem(key)))
        await removeUnlessHeld({ layout: this.#layout, presence: this.#presence }, other);
    }
  }

  /** The file that was kept under `name` with an entry; `null` if there is none. */
  async findDerived(key: string, name: string): Promise<string | null> {
    const path = join(derivedDirectory(join(this.#layout.versions, key)), name);
    try {
      return (await stat(path)).isFile() ? path : null;
    } catch (error) {
      if (isMissing(error)) return null;
      throw error;
    }
  }

  /** Moves a file, on the same file system, to where `findDerived` finds it, in place of one of that name. */
  async keepDerived(key: string, name: string, path: string): Promise<string> {
    const directory = derivedDirectory(join(this.#layout.versions, key));
    await mkdir(directory, { mode: 0o700 }).catch((error: unknown) => {
      if (errnoOf(error) !== 'EEXIST') throw error;
    });
    const target = join(directory, name);
    await rename(path, target);
    await syncDirectory(directory);
    this.#sizes.delete(key);
    return target;
  }

  evict(maxBytes: number): Promise<EvictionResult> {
    return evict({ layout: this.#layout, presence: this.#presence, maxBytes, sizes: this.#sizes });
  }

  async #isWhole(entry: string, record: EntryRecord): Promise<boolean> {
    if (!(await hasAllFiles(entry, record))) return false;
    if (this.#checked.has(record.key)) return true;
    if (!(await hasRightContent(entry, record))) return false;
    this.#checked.add(record.key);
    return true;
  }
}
