import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** One visible entry of a folder; a link is what it leads to. */
export interface FolderEntry {
  readonly name: string;
  readonly isFolder: boolean;
}

/** How folders are looked into: their entries by name, without hidden ones; `null` for one that may not be read. */
export type ListFolder = (path: string) => readonly FolderEntry[] | null;

/** What is on the disk; a folder that is missing has no entries. */
export const listFolder: ListFolder = (path) => {
  let names: string[];
  try {
    names = readdirSync(path);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    return ['ENOENT', 'ENOTDIR'].includes(code) ? [] : null;
  }
  const visible = names.filter((name) => !name.startsWith('.')).sort();
  return visible.map((name) => ({ name, isFolder: isFolder(join(path, name)) }));
};

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
