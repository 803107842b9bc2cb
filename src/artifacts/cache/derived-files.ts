import { toCacheError } from './disk-error.ts';
import type { VersionStore } from './version-store.ts';

/** What is made of a version's files once, and found again by every process: part of the local copy, and gone with it. */
export interface DerivedFiles {
  /** Absolute path of the file that was kept under `name`; `null` if there is none. */
  find(name: string): Promise<string | null>;

  /**
   * Moves a file from a work directory of the cache, in place of one that was kept under this name.
   *
   * @returns its new path.
   * @throws GatewayError CACHE_UNAVAILABLE: it lies where it lay.
   */
  keep(name: string, path: string): Promise<string>;
}

/**
 * Those of the entry `key`.
 *
 * @param root of the cache, for messages.
 * @param afterKeep is called when the entry has grown.
 */
export function derivedFilesOf(
  store: VersionStore,
  key: string,
  root: string,
  afterKeep: () => Promise<void>,
): DerivedFiles {
  const orUnavailable = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw toCacheError(error, root);
    }
  };
  return {
    find: (name) => orUnavailable(() => store.findDerived(key, name)),
    keep: (name, path) =>
      orUnavailable(async () => {
        const kept = await store.keepDerived(key, name, path);
        await afterKeep();
        return kept;
      }),
  };
}
