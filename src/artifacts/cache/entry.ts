import { createHash } from 'node:crypto';
import { open, readdir, readFile, stat, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { syncDirectory } from '../../sync-directory.ts';
import { whyUnsafe } from '../artifact-path.ts';
import { isMissing } from './disk-error.ts';
import type { StoredFile } from './save-file.ts';

const FORMAT = 1;
/** Versions up to this size are read whole when a process first uses them; some 0.2 s. Of larger ones only sizes are checked. */
const FULL_CHECK_MAX_BYTES = 256 * 1_024 * 1_024;

/** What `entry.json` says of a version's local copy. */
export interface EntryRecord {
  readonly key: string;
  /** Printable form of the version's source. */
  readonly source: string;
  readonly digest: string;
  readonly sizeBytes: number;
  readonly files: readonly StoredFile[];
  /** ISO 8601. */
  readonly fetchedAt: string;
}

export function filesDirectory(entry: string): string {
  return join(entry, 'files');
}

/** Where what was made of an entry's files lies; it is there once something was. */
export function derivedDirectory(entry: string): string {
  return join(entry, 'derived');
}

/** What was made of an entry's files takes, in bytes. */
export async function derivedBytes(entry: string): Promise<number> {
  const directory = derivedDirectory(entry);
  let bytes = 0;
  for (const name of await readdir(directory).catch(() => [])) {
    bytes += await stat(join(directory, name)).then(
      ({ size }) => size,
      () => 0,
    );
  }
  return bytes;
}

/** Contract section 3: SHA-256 over the sorted (path, size, SHA-256) of the files, as `sha256:<hex>`; sorted by UTF-16 code units. */
export function digestOf(files: readonly StoredFile[]): string {
  const sorted = files.toSorted((left, right) => (left.path < right.path ? -1 : 1));
  const hash = createHash('sha256');
  for (const { path, sizeBytes, sha256 } of sorted)
    hash.update(`${JSON.stringify([path, sizeBytes, sha256])}\n`);
  return `sha256:${hash.digest('hex')}`;
}

/** Writes `entry.json` beside the files and makes all names durable. */
export async function writeEntry(entry: string, record: EntryRecord): Promise<void> {
  const handle = await open(join(entry, 'entry.json'), 'wx', 0o600);
  try {
    await handle.writeFile(JSON.stringify({ format: FORMAT, ...record }));
    await handle.sync();
  } finally {
    await handle.close();
  }
  const directories = new Set([entry, filesDirectory(entry)]);
  for (const { path } of record.files) {
    for (let folder = dirname(path); folder !== '.'; folder = dirname(folder))
      directories.add(join(filesDirectory(entry), folder));
  }
  for (const directory of directories) await syncDirectory(directory);
}

/** `missing`: no such entry; `damaged`: it can only be thrown away. Errors that say nothing of the content are thrown. */
export async function readEntry(entry: string, key: string): Promise<EntryRecord | 'missing' | 'damaged'> {
  let text: string;
  try {
    await stat(entry);
  } catch (error) {
    if (isMissing(error)) return 'missing';
    throw error;
  }
  try {
    text = await readFile(join(entry, 'entry.json'), 'utf8');
  } catch (error) {
    if (isMissing(error)) return 'damaged';
    throw error;
  }
  const record = parseRecord(text);
  return record !== null && record.key === key ? record : 'damaged';
}

function parseRecord(text: string): EntryRecord | null {
  try {
    const value = JSON.parse(text);
    const isRecord =
      value.format === FORMAT &&
      typeof value.sizeBytes === 'number' &&
      typeof value.digest === 'string' &&
      Array.isArray(value.files) &&
      value.files.every(isStoredFile) &&
      value.digest === digestOf(value.files);
    return isRecord ? value : null;
  } catch {
    return null;
  }
}

function isStoredFile(file: Partial<StoredFile>): boolean {
  return (
    typeof file.path === 'string' &&
    whyUnsafe(file.path) === null &&
    typeof file.sizeBytes === 'number' &&
    typeof file.sha256 === 'string'
  );
}

/** Whether all files are there with the right sizes. */
export async function hasAllFiles(entry: string, record: EntryRecord): Promise<boolean> {
  for (const file of record.files) {
    try {
      const stats = await stat(join(filesDirectory(entry), file.path));
      if (!stats.isFile() || stats.size !== file.sizeBytes) return false;
    } catch (error) {
      if (isMissing(error)) return false;
      throw error;
    }
  }
  return true;
}

/** Whether the files' contents are what was downloaded; taken for granted above 256 MiB. */
export async function hasRightContent(entry: string, record: EntryRecord): Promise<boolean> {
  if (record.sizeBytes > FULL_CHECK_MAX_BYTES) return true;
  const buffer = Buffer.allocUnsafe(1_024 * 1_024);
  for (const file of record.files) {
    if ((await sha256Of(join(filesDirectory(entry), file.path), buffer)) !== file.sha256) return false;
  }
  return true;
}

async function sha256Of(path: string, buffer: Buffer): Promise<string> {
  const hash = createHash('sha256');
  const handle = await open(path, 'r');
  try {
    for (;;) {
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, null);
      if (bytesRead === 0) return hash.digest('hex');
      hash.update(buffer.subarray(0, bytesRead));
    }
  } finally {
    await handle.close();
  }
}

/** Notes the last use, which is `entry.json`'s modification time. A cache that can only be read is used all the same. */
export async function touchEntry(entry: string, now: number): Promise<void> {
  const time = new Date(now);
  await utimes(join(entry, 'entry.json'), time, time).catch(() => {});
}

/** When the entry was last used, in ms since the epoch. */
export async function lastUseOf(entry: string): Promise<number> {
  return (await stat(join(entry, 'entry.json'))).mtimeMs;
}
