import type { FolderEntry } from '../../src/config/list-folder.ts';
import { type Config, type ConfigSources, readConfig } from '../../src/config.ts';
import { GatewayError } from '../../src/errors.ts';

export interface Given extends Partial<Omit<ConfigSources, 'flags'>> {
  readonly flags?: Partial<ConfigSources['flags']>;
  /** Content of the file `/etc/switchyard.yaml`, which `--config` then names. */
  readonly yaml?: string;
  /** Path → content. Every other file is missing. */
  readonly files?: Readonly<Record<string, string>>;
  /** Paths of files in mounted directories, of which only the names count. */
  readonly mounted?: readonly string[];
}

export const FILE = '/etc/switchyard.yaml';

/** `readConfig` for user `/home/me` in `/work`, with 4 CPUs and 1000 bytes of memory, without a terminal. */
export function readWith(given: Given = {}): Config {
  const { flags, yaml, files = {}, mounted = [], ...sources } = given;
  const all: Readonly<Record<string, string>> = yaml === undefined ? files : { ...files, [FILE]: yaml };
  return readConfig({
    env: {},
    packageRoot: '/package',
    cpuCount: 4,
    memoryLimitBytes: 1000,
    isTerminal: false,
    homeDirectory: '/home/me',
    workingDirectory: '/work',
    readFile: (path) => {
      const content = all[path];
      if (content === undefined) throw Object.assign(new Error(`no ${path}`), { code: 'ENOENT' });
      return content;
    },
    listFolder: (path) => listPaths(mounted, path),
    ...sources,
    flags: { serveWord: false, ...(yaml === undefined ? {} : { config: FILE }), ...flags },
  });
}

/** What `listFolder` tells of `folder` where there are these files. */
export function listPaths(files: readonly string[], folder: string): readonly FolderEntry[] {
  const below = files.filter((file) => file.startsWith(`${folder}/`));
  const parts = below.map((file) => file.slice(folder.length + 1).split('/'));
  const folders = new Map(parts.map(([name = '', ...rest]) => [name, rest.length > 0]));
  return [...folders].map(([name, isFolder]) => ({ name, isFolder }));
}

/** The one error that `readConfig` throws for wrong settings. */
export function errorWith(given: Given): GatewayError {
  try {
    readWith(given);
  } catch (error) {
    if (error instanceof GatewayError && error.code === 'INVALID_SETTING') return error;
    throw error;
  }
  throw new Error('the settings were accepted');
}

/** The lines of that error, one for each problem. */
export function problemsWith(given: Given): readonly string[] {
  return errorWith(given).problems.map(({ detail }) => detail);
}
