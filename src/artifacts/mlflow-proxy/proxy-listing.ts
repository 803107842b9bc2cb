import { GatewayError } from '../../errors.ts';
import { checkArtifactPath } from '../artifact-path.ts';

/** One entry of a listing; `name` has no slash. */
export interface ProxyEntry {
  readonly name: string;
  readonly isFolder: boolean;
  readonly sizeBytes: number | null;
}

/** A folder of 10,000 files with long names takes some 4 MiB. */
const MAX_LISTING_BYTES = 16 * 1_024 * 1_024;

/**
 * Reads MLflow's `{"files": [{path, is_dir, file_size}]}`; `{}` is an empty folder, a missing one or a file.
 *
 * @param where Printable address, for messages.
 * @throws GatewayError ARTIFACT_UNAVAILABLE if this is no listing (a login page, say), ARTIFACT_INVALID on unsafe names.
 */
export async function readListing(body: AsyncIterable<Uint8Array>, where: string): Promise<ProxyEntry[]> {
  const files = await readFiles(body, where);
  const entries: ProxyEntry[] = [];
  for (const file of files) {
    const entry = readEntry(file);
    if (entry === null) throw noListing(where);
    if (entry.name === '.') continue;
    checkArtifactPath(entry.name);
    if (entry.name.includes('/'))
      throw new GatewayError('ARTIFACT_INVALID', `artifact path "${entry.name}" is not the name of an entry`);
    entries.push(entry);
  }
  return entries;
}

async function readFiles(body: AsyncIterable<Uint8Array>, where: string): Promise<readonly unknown[]> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of body) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > MAX_LISTING_BYTES) throw noListing(where);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw noListing(where, error);
  }
  if (typeof value !== 'object' || value === null) throw noListing(where);
  const { files } = value as { files?: unknown };
  if (files === undefined) return [];
  if (!Array.isArray(files)) throw noListing(where);
  return files;
}

function readEntry(value: unknown): ProxyEntry | null {
  if (typeof value !== 'object' || value === null) return null;
  const { path, is_dir: isFolder, file_size: size } = value as Record<string, unknown>;
  if (typeof path !== 'string') return null;
  // protobuf's JSON writes 64-bit integers as text; MLflow turns them into numbers, other versions may not.
  const sizeBytes = typeof size === 'string' && /^\d+$/.test(size) ? Number(size) : size;
  return {
    name: path,
    isFolder: isFolder === true,
    sizeBytes:
      typeof sizeBytes === 'number' && Number.isSafeInteger(sizeBytes) && sizeBytes >= 0 ? sizeBytes : null,
  };
}

function noListing(where: string, cause?: unknown): GatewayError {
  return new GatewayError(
    'ARTIFACT_UNAVAILABLE',
    `"${where}" answered with something that is no MLflow listing (a login page, perhaps)`,
    { cause },
  );
}
