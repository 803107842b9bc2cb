import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { GatewayError } from '../../errors.ts';
import { errnoOf } from './disk-error.ts';
import { endedEarly, type FilePiece } from './resumed-chunks.ts';

/** A file of a version as it was stored. */
export interface StoredFile {
  /** Relative to the version's root, `/`-separated. */
  readonly path: string;
  readonly sizeBytes: number;
  /** Lower-case hex. */
  readonly sha256: string;
}

export interface FileToSave {
  readonly path: string;
  /** Where to; its folder exists, the file does not. */
  readonly target: string;
  /** What the listing says; `null` if it does not say. */
  readonly sizeBytes: number | null;
  /** More is refused. */
  readonly maxBytes?: number;
  /** In order; may begin anew at offset 0. */
  readonly pieces: AsyncIterable<FilePiece>;
  /** Told after each piece how many bytes there are more than before; negative when the file begins anew. */
  readonly onBytes: (added: number) => void;
}

/**
 * Streams one file to the disk and makes it durable.
 *
 * @throws GatewayError ARTIFACT_UNAVAILABLE if its size is not the listed one, ARTIFACT_INVALID if it is over the limit, what
 *   the stream throws, and errors of the file system as they are.
 */
export async function saveFile(file: FileToSave): Promise<StoredFile> {
  const { path, sizeBytes } = file;
  const handle = await open(file.target, 'wx', 0o600).catch((error: unknown) => {
    if (errnoOf(error) !== 'EEXIST') throw error;
    throw new GatewayError(
      'ARTIFACT_INVALID',
      `artifact path "${path}" differs from another one only in case`,
    );
  });
  try {
    const { written, sha256 } = await writePieces(file, handle);
    if (sizeBytes !== null && written < sizeBytes)
      throw new GatewayError('ARTIFACT_UNAVAILABLE', endedEarly(path, written, sizeBytes));
    await handle.truncate(written);
    await handle.sync();
    return { path, sizeBytes: written, sha256 };
  } finally {
    await handle.close();
  }
}

async function writePieces(file: FileToSave, handle: FileHandle) {
  const limit = file.sizeBytes ?? file.maxBytes ?? Number.POSITIVE_INFINITY;
  let hash = createHash('sha256');
  let written = 0;
  for await (const { offset, bytes } of file.pieces) {
    if (offset !== written) {
      if (offset !== 0) throw new GatewayError('INTERNAL', `"${file.path}" goes on at the wrong place`);
      file.onBytes(-written);
      hash = createHash('sha256');
      written = 0;
    }
    if (written + bytes.byteLength > limit) throw tooLong(file, limit);
    hash.update(bytes);
    await writeAll(handle, bytes, written);
    written += bytes.byteLength;
    file.onBytes(bytes.byteLength);
  }
  return { written, sha256: hash.digest('hex') };
}

/** That listing and content differ is the store's fault or a moment's: the file may just be replaced. */
function tooLong({ path, sizeBytes }: FileToSave, limit: number): GatewayError {
  return sizeBytes === null
    ? new GatewayError('ARTIFACT_INVALID', `artifact "${path}" is larger than ${limit} bytes`)
    : new GatewayError(
        'ARTIFACT_UNAVAILABLE',
        `artifact "${path}" has more than the ${sizeBytes} bytes that the store lists (an error page, or a file that is being replaced?)`,
      );
}

async function writeAll(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.byteLength; ) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.byteLength - done, position + done);
    done += bytesWritten;
  }
}
