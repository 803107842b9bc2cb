import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { GatewayError, messageOf } from '../../errors.ts';
import type { PointerMap } from '../pointer-map.ts';
import { compareVersionNumbers, isVersionNumber } from '../version-number.ts';
import { parseRegistryFile, type RegistryFile } from './registry-file.ts';

export const REGISTRY_FILE = 'registry.yaml';

/** One model of a directory registry as it lies on disk now. */
export interface ModelFolder {
  readonly name: string;
  /** Absolute. */
  readonly path: string;
  /** When the folder was made, in ms since the epoch; 0 if the file system does not know. */
  readonly createdAt: number;
  /** Ascending. */
  readonly versions: readonly string[];
  /** `null` without `registry.yaml`: then the highest version is Production. */
  readonly file: RegistryFile | null;
}

/**
 * The names that may be models: visible folders of `directory`, sorted.
 *
 * @throws GatewayError REGISTRY_UNAVAILABLE if `directory` cannot be listed.
 */
export async function listModelNames(directory: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(directory, { withFileTypes: true });
    return entries
      .filter((entry) => !entry.name.startsWith('.') && (entry.isDirectory() || entry.isSymbolicLink()))
      .map((entry) => entry.name)
      .sort();
  } catch (error) {
    throw new GatewayError(
      'REGISTRY_UNAVAILABLE',
      `cannot read the registry directory: ${messageOf(error)}`,
      {
        cause: error,
      },
    );
  }
}

/**
 * Reads one model's folder; `null` if there is none of that name, or it holds neither versions nor a `registry.yaml`.
 *
 * @throws GatewayError REGISTRY_UNAVAILABLE if the folder or its `registry.yaml` cannot be read or understood.
 */
export async function readModelFolder(directory: string, name: string): Promise<ModelFolder | null> {
  if (!isModelName(name)) return null;
  const path = join(directory, name);
  try {
    const stats = await stat(path);
    if (!stats.isDirectory()) return null;
    const versions = await listVersions(path);
    const text = await readIfPresent(join(path, REGISTRY_FILE));
    if (versions.length === 0 && text === null) return null;
    const file = text === null ? null : parseRegistryFile(text, join(path, REGISTRY_FILE));
    return { name, path, createdAt: Math.max(0, Math.floor(stats.birthtimeMs) || 0), versions, file };
  } catch (error) {
    if (isMissing(error)) return null;
    if (error instanceof GatewayError) throw error;
    throw new GatewayError('REGISTRY_UNAVAILABLE', `cannot read model "${name}": ${messageOf(error)}`, {
      cause: error,
    });
  }
}

/** Whether a model of a directory registry can have this name: a visible file name that a `models:/` URI can hold. */
export function isModelName(name: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: NUL ends a path in the system's calls
  return name.trim() !== '' && name !== '*' && !name.startsWith('.') && !/[/\\:\u0000]/.test(name);
}

/** The pointers of a model: those of its `registry.yaml`, else the highest version as Production. */
export function pointersOf(folder: ModelFolder): PointerMap {
  const latest = folder.versions.at(-1) ?? null;
  const named = folder.file?.stages ?? new Map(latest === null ? [] : [['Production', [latest]]]);
  const staged = new Set([...named.values()].flat());
  const stages = new Map<string, readonly string[]>(named);
  stages.set('None', [
    ...(named.get('None') ?? []),
    ...folder.versions.filter((version) => !staged.has(version)),
  ]);
  return { name: folder.name, stages, aliases: folder.file?.aliases ?? new Map(), latest };
}

async function listVersions(path: string): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true });
  const versions = await Promise.all(
    entries.map(async (entry) => {
      if (!isVersionNumber(entry.name)) return null;
      if (entry.isDirectory()) return entry.name;
      const target = entry.isSymbolicLink() ? await stat(join(path, entry.name)).catch(() => null) : null;
      return target?.isDirectory() ? entry.name : null;
    }),
  );
  return versions.filter((version) => version !== null).sort(compareVersionNumbers);
}

async function readIfPresent(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/** Whether `error` says that a file or folder is not there. */
export function isMissing(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException | null)?.code;
  return code === 'ENOENT' || code === 'ENOTDIR';
}
