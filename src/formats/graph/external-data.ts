import { constants, copyFile, link, mkdir, realpath, rm, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, posix, relative, sep } from 'node:path';
import { GatewayError } from '../../errors.ts';
import type { ExternalData } from './onnx-model.ts';
import { quote } from './quote.ts';

/** An external file of a model. */
export interface ExternalFile {
  /** As the model names it, `/`-separated, relative to the model file's folder. */
  readonly location: string;
  readonly minBytes: number;
}

/**
 * The files that hold a model's external data, each once.
 *
 * @throws GatewayError INVALID_MODEL if one lies, by its name, outside the model's folder.
 */
export function externalFilesOf(data: readonly ExternalData[]): readonly ExternalFile[] {
  const sizes = new Map<string, number>();
  for (const { location, endByte } of data) {
    if (!isWithin(location)) {
      throw new GatewayError(
        'INVALID_MODEL',
        `external data at ${quote(location)} is not in the model's own folder; save the model with a relative location`,
      );
    }
    const normal = posix.normalize(location);
    sizes.set(normal, Math.max(sizes.get(normal) ?? 0, endByte));
  }
  return [...sizes].map(([location, minBytes]) => ({ location, minBytes }));
}

/** Whether a relative path stays below where it starts, for Windows' rules too. */
export function isWithin(path: string): boolean {
  if (path === '' || path.includes('\0') || /^[A-Za-z]:/.test(path)) return false;
  const parts = path.split(/[\\/]/);
  return parts[0] !== '' && !parts.includes('..') && parts.at(-1) !== '';
}

/**
 * Checks that `file` is there, complete, and does not leave `root` by a symbolic link.
 *
 * @returns its real path.
 * @throws GatewayError INVALID_MODEL.
 */
export async function resolveFile(root: string, path: string, minBytes: number): Promise<string> {
  const label = quote(relative(root, path));
  const real = await realpath(path).catch((cause: unknown) => {
    throw new GatewayError('INVALID_MODEL', `the file ${label} of the model is missing`, { cause });
  });
  const fromRoot = relative(await realpath(root), real);
  if (isAbsolute(fromRoot) || fromRoot.split(sep)[0] === '..') {
    throw new GatewayError(
      'INVALID_MODEL',
      `the file ${label} of the model is a link that leaves the model's directory`,
    );
  }
  const { size, ...kind } = await stat(real).then((stats) => ({ size: stats.size, isFile: stats.isFile() }));
  if (!kind.isFile)
    throw new GatewayError('INVALID_MODEL', `the file ${label} of the model is no regular file`);
  if (size < minBytes) {
    throw new GatewayError(
      'INVALID_MODEL',
      `the file ${label} of the model is cut off: ${size} bytes of at least ${minBytes}`,
    );
  }
  return real;
}

/**
 * Puts the file at `source` under `location` in `directory`, by a hard link or else a copy: ONNX Runtime refuses
 * symbolic links that leave the model's folder.
 */
export async function placeBeside(source: string, directory: string, location: string): Promise<void> {
  const target = join(directory, location);
  await mkdir(dirname(target), { recursive: true });
  await rm(target, { force: true });
  // Links fail across file systems, where the system forbids them, and at their maximum; a copy is right in each case.
  await link(source, target).catch(() => copyFile(source, target, constants.COPYFILE_FICLONE));
}
