import { join } from 'node:path';
import { marksModelDirectory } from '../model/model-file-name.ts';
import { highestVersion, isVersionNumber } from '../registry/version-number.ts';
import type { FolderEntry, ListFolder } from './list-folder.ts';

/** How a directory that a platform mounted holds what is to be served. */
export type ModelLayout =
  /** One model's files lie at the top of `directory`, or none were found. */
  | { readonly kind: 'model'; readonly directory: string }
  /** `directory` is laid out as a directory registry: `<name>/<version>/…`, which is Triton's layout, too. */
  | { readonly kind: 'registry'; readonly directory: string; readonly names: readonly string[] };

/** As many folders may a platform or a packer have put around the model (Azure ML: one to three). */
const MAX_DEPTH = 4;

type List = (path: string) => readonly FolderEntry[];

/** What stands beside a model and is none: SageMaker's inference code, and what ext4 makes. */
const BESIDES = ['code', 'lost+found'];

/**
 * Finds the model in a mounted directory: its files at the top, numbered versions of one model (TensorFlow Serving's
 * layout; the highest is meant), `<name>/<version>/…`, or any of these in folders that have nothing beside them.
 */
export function findModelLayout(root: string, listFolder: ListFolder): ModelLayout {
  const list: List = (path) => listFolder(path) ?? [];
  let directory = root;
  for (let depth = 0; depth <= MAX_DEPTH; depth++) {
    const entries = list(directory);
    if (hasModel(entries)) return { kind: 'model', directory };
    const folders = foldersOf(entries);
    const version = highestVersion(versionsIn(directory, entries, list));
    if (version !== null) return { kind: 'model', directory: join(directory, version) };
    const names = folders.filter((name) => {
      const path = join(directory, name);
      return versionsIn(path, list(path), list).length > 0;
    });
    if (names.length > 0) return { kind: 'registry', directory, names };
    const [only] = folders;
    if (only === undefined || folders.length > 1) break;
    directory = join(directory, only);
  }
  return { kind: 'model', directory: root };
}

/** The versions among the entries of `directory` that hold a model. */
function versionsIn(directory: string, entries: readonly FolderEntry[], list: List): readonly string[] {
  const numbers = foldersOf(entries).filter(isVersionNumber);
  return numbers.filter((number) => hasModel(list(join(directory, number))));
}

function hasModel(entries: readonly FolderEntry[]): boolean {
  return entries.some(({ name, isFolder }) => !isFolder && marksModelDirectory(name));
}

function foldersOf(entries: readonly FolderEntry[]): readonly string[] {
  return entries.filter(({ name, isFolder }) => isFolder && !BESIDES.includes(name)).map(({ name }) => name);
}
