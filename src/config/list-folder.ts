import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** One visible entry of a folder; a link is what it leads to. */
export interface FolderEntry {
  readonly name: string;
  readonly isFolder: boolean;
}

/** The entries of a folder by name, without hidden ones; none where it is missing or cannot be read. */
export function listFolder(path: string): readonly FolderEntry[] {
  let names: string[];
  try {
    names = readdirSync(path);
  } catch {
    return [];
  }
  const visible = names.filter((name) => !name.startsWith('.')).sort();
  return visible.map((name) => ({ name, isFolder: isFolder(join(path, name)) }));
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
