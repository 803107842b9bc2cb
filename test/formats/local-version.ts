import { existsSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import type { DerivedFiles, LocalVersion } from '../../src/formats/model-format.ts';
import type { Precision } from '../../src/model/precision.ts';

/** A version in `directory`; what is derived of it is kept in `kept`, and nothing is if that is left out. */
export function localVersion(
  directory: string,
  workDirectory: string,
  { kept, precision = 'double' }: { readonly kept?: string; readonly precision?: Precision } = {},
): LocalVersion {
  const derived: DerivedFiles = {
    find: async (name) => (kept !== undefined && existsSync(join(kept, name)) ? join(kept, name) : null),
    keep: async (name, path) => {
      if (kept === undefined) return path;
      renameSync(path, join(kept, name));
      return join(kept, name);
    },
  };
  return { directory, digest: 'sha256:0', workDirectory, derived, precision };
}
