import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { GatewayError } from '../../errors.ts';
import { errnoOf } from './disk-error.ts';

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
  readonly open: () => Promise<AsyncIterable<Uint8Array>>;
}

/**
 * Streams one file to the disk and makes it durable.
 *
 * @throws GatewayError ARTIFACT_UNAVAILABLE if it ends too early, ARTIFACT_INVALID if it is longer than it should be, what
 *   the stream throws, and errors of the file system as they are.
 */
export async function saveFile(file: FileToSave): Promise<StoredFile> {
  const { path, sizeBytes } = file;
  const limit = sizeBytes ?? file.maxBytes ?? Number.POSITIVE_INFINITY;
  const handle = await open(file.target, 'wx', 0o600).catch((error: unknown) => {
    if (errnoOf(error) !== 'EEXIST') throw error;
    throw new GatewayError(
      'ARTIFACT_INVALID',
      `artifact path "${path}" differs from another one only in case`,
    );
  });
  try {
    const hash = createHash('sha256');
    let written = 0;
    for await (const chunk of await file.open()) {
      written += chunk.byteLength;
      if (written > limit)
        throw new GatewayError('ARTIFACT_INVALID', `artifact "${path}" is larger than ${limit} bytes`);
      hash.update(chunk);
      await handle.appendFile(chunk);
    }
    if (sizeBytes !== null && written < sizeBytes) {
      throw new GatewayError(
        'ARTIFACT_UNAVAILABLE',
        `artifact "${path}" ended after ${written} of ${sizeBytes} bytes`,
      );
    }
    await handle.sync();
    return { path, sizeBytes: written, sha256: hash.digest('hex') };
  } finally {
    await handle.close();
  }
}
