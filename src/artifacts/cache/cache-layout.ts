import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * The directories of a cache, all on one file system:
 *
 *     versions/<key>/entry.json, files/…   whole versions; they appear by a rename and go by a rename
 *     versions/<key>/derived/…             what was made of their files; each appears by a rename
 *     processes/<instance>.json            who uses the cache: its process and the keys that it holds
 *     tmp/<instance>/…                     what an instance is writing, deleting, or works with
 *     claims/<key>                         the instance that is downloading this version
 */
export interface CacheLayout {
  readonly root: string;
  readonly versions: string;
  readonly processes: string;
  readonly tmp: string;
  readonly claims: string;
}

/** Makes the directories, readable by this user only. */
export async function createLayout(root: string): Promise<CacheLayout> {
  const layout = {
    root,
    versions: join(root, 'versions'),
    processes: join(root, 'processes'),
    tmp: join(root, 'tmp'),
    claims: join(root, 'claims'),
  };
  for (const directory of Object.values(layout)) await mkdir(directory, { recursive: true, mode: 0o700 });
  return layout;
}
