import { createHash, type Hash } from 'node:crypto';
import type { ArtifactFile, ArtifactSource } from './artifact-source.ts';
import { pickSource } from './pick-source.ts';

const MLMODEL = 'MLmodel';
/** Versions that are no larger are compared whole, of others only the listing and the MLmodel. */
const MAX_COMPARED_BYTES = 1_024 * 1_024;

/**
 * What a store says of a version's files now, as a text that changes when the files do as far as a few small requests can
 * tell: all paths and sizes, and the content of the MLmodel, of small versions of every file.
 *
 * @throws GatewayError as the sources do: the files cannot be had now.
 */
export async function lookAtStore(
  sources: readonly ArtifactSource[],
  location: string,
  signal: AbortSignal,
): Promise<string> {
  const source = pickSource(sources, location);
  const listed = (await source.list(location, signal)) ?? [{ path: MLMODEL, sizeBytes: null }];
  const files = listed.toSorted((left, right) => (left.path < right.path ? -1 : 1));
  const hash = createHash('sha256');
  for (const { path, sizeBytes } of files) hash.update(JSON.stringify([path, sizeBytes]));
  for (const file of comparedFiles(files)) {
    const { chunks } = await source.open({ location, ...file }, signal);
    await hashSome(hash, chunks);
  }
  return hash.digest('hex');
}

function comparedFiles(files: readonly ArtifactFile[]): readonly ArtifactFile[] {
  const total = files.reduce((sum, file) => sum + (file.sizeBytes ?? Number.POSITIVE_INFINITY), 0);
  return total <= MAX_COMPARED_BYTES ? files : files.filter((file) => file.path === MLMODEL);
}

/** Leaving the loop gives the rest of the stream up. */
async function hashSome(hash: Hash, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  let size = 0;
  for await (const chunk of chunks) {
    hash.update(chunk);
    size += chunk.byteLength;
    if (size > MAX_COMPARED_BYTES) break;
  }
  hash.update(`;${size};`);
}
