import { constants } from 'node:fs';
import { type FileHandle, open, readdir, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { GatewayError, messageOf } from '../../errors.ts';
import { checkArtifactPath, MAX_FILES } from '../artifact-path.ts';
import type { ArtifactFile, ArtifactSource } from '../artifact-source.ts';

export interface FolderSourceOptions {
  /** Directories below which files may be read. A root that does not exist (yet) allows nothing. */
  readonly roots: readonly string[];
}

/**
 * Artifacts in directories of this machine, by `file:` URL; a `#fragment` is ignored. Real paths are compared with the
 * roots, for the folder and for each file again when it is opened, so no symbolic link leads out of them.
 */
export function createFolderSource(options: FolderSourceOptions): ArtifactSource {
  const { roots } = options;
  return {
    name: 'folder',
    accepts: (location) => /^file:/i.test(location),

    async list(location, signal) {
      const folder = await allowedPath(toPath(location), roots);
      const files: ArtifactFile[] = [];
      await collect({ folder, prefix: '', ancestors: [folder], roots, files, signal });
      return files;
    },

    async open({ location, path }, signal) {
      checkArtifactPath(path);
      const folder = await allowedPath(toPath(location), roots);
      const file = await allowedPath(join(folder, path), roots);
      return { offset: 0, validator: null, chunks: await readFile(file, signal) };
    },

    async close() {},
  };
}

function toPath(location: string): string {
  try {
    return fileURLToPath(location.replace(/[?#].*$/s, ''));
  } catch (error) {
    throw new GatewayError('ARTIFACT_INVALID', `"${location}" is not a usable file URL: ${messageOf(error)}`);
  }
}

/** The real path behind `path`, if it lies within a root. */
async function allowedPath(path: string, roots: readonly string[]): Promise<string> {
  const real = await resolved(path);
  for (const root of roots) {
    const realRoot = await realpath(root).catch(() => null);
    if (realRoot === null) continue;
    if (real === realRoot || real.startsWith(realRoot.endsWith(sep) ? realRoot : realRoot + sep)) return real;
  }
  const where = real === path ? `"${path}"` : `"${path}" (in truth "${real}")`;
  throw new GatewayError(
    'ARTIFACT_FORBIDDEN',
    `${where} is outside the directories that may be read: add one that holds it to SWITCHYARD_ARTIFACT_ROOTS`,
  );
}

async function resolved(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    throw fileError(error, path);
  }
}

interface Collecting {
  readonly folder: string;
  readonly prefix: string;
  /** Real paths from the version's folder down to this one: a link to one of them is a loop. */
  readonly ancestors: readonly string[];
  readonly roots: readonly string[];
  readonly files: ArtifactFile[];
  readonly signal: AbortSignal;
}

async function collect(at: Collecting): Promise<void> {
  at.signal.throwIfAborted();
  const names = await readdir(at.folder).catch((error: unknown) => {
    throw fileError(error, at.folder);
  });
  for (const name of names.sort()) {
    const path = at.prefix + name;
    const real = await allowedPath(join(at.folder, name), at.roots);
    const stats = await stat(real).catch((error: unknown) => {
      throw fileError(error, real);
    });
    if (stats.isDirectory()) {
      if (at.ancestors.includes(real))
        throw new GatewayError('ARTIFACT_INVALID', `"${path}" is a symbolic link to a folder that holds it`);
      await collect({ ...at, folder: real, prefix: `${path}/`, ancestors: [...at.ancestors, real] });
    } else if (stats.isFile()) {
      at.files.push({ path, sizeBytes: stats.size });
    } else {
      throw new GatewayError('ARTIFACT_INVALID', `"${path}" is neither a file nor a folder`);
    }
    if (at.files.length > MAX_FILES)
      throw new GatewayError('ARTIFACT_INVALID', `"${at.folder}" holds more than ${MAX_FILES} files`);
  }
}

async function readFile(path: string, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
  signal.throwIfAborted();
  let handle: FileHandle;
  try {
    // A pipe put in the file's place must not block us, nor a link lead elsewhere.
    handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    throw fileError(error, path);
  }
  if (!(await handle.stat()).isFile()) {
    await handle.close();
    throw new GatewayError('ARTIFACT_INVALID', `"${path}" is not a file`);
  }
  return readChunks(handle, path, signal);
}

async function* readChunks(
  handle: FileHandle,
  path: string,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  try {
    // One for all chunks: new ones for each make a large file end in collections of garbage that stop every request.
    const buffer = Buffer.allocUnsafeSlow(256 * 1_024);
    for (;;) {
      signal.throwIfAborted();
      const { bytesRead } = await handle.read({ buffer });
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } catch (error) {
    signal.throwIfAborted();
    throw fileError(error, path);
  } finally {
    await handle.close();
  }
}

function fileError(error: unknown, path: string): GatewayError {
  if (error instanceof GatewayError) return error;
  const code = (error as NodeJS.ErrnoException).code;
  const isMissing = code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP' || code === 'EISDIR';
  return new GatewayError(
    isMissing ? 'ARTIFACT_INVALID' : 'ARTIFACT_UNAVAILABLE',
    isMissing
      ? `there is no file or folder "${path}" (${code})`
      : `"${path}" cannot be read: ${messageOf(error)}`,
    { cause: error },
  );
}
