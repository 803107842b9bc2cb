import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { GatewayError } from '../../errors.ts';
import type { MlModel } from '../../model/ml-model.ts';
import { parseMlModel } from '../../model/parse-ml-model.ts';
import { checkArtifactPaths, MAX_FILES } from '../artifact-path.ts';
import type { ArtifactContent, ArtifactFile, ArtifactSource, ResumePoint } from '../artifact-source.ts';
import type { FetchRules } from '../fetch-rules.ts';
import { printableLocation } from '../printable-location.ts';
import type { DownloadMeter } from './download-meter.ts';
import { forEachLimited } from './for-each-limited.ts';
import { requireRoom } from './free-space.ts';
import { type FilePiece, resumedChunks } from './resumed-chunks.ts';
import { type StoredFile, saveFile } from './save-file.ts';

export const MLMODEL = 'MLmodel';
const MAX_MLMODEL_BYTES = 16 * 1_024 * 1_024;
const PARALLEL_DOWNLOADS = 4;
/** MLmodel names the graph, the graph its data files; nothing needs more rounds than this. */
const MAX_ROUNDS = 8;

export interface VersionToFetch {
  readonly source: ArtifactSource;
  readonly location: string;
  readonly rules: FetchRules;
  /** Empty, and ours alone. */
  readonly directory: string;
  readonly meter: DownloadMeter;
  /** Takes a sentence about a download that broke off and goes on. */
  readonly onNote: (note: string) => void;
  /** Waits; throws the signal's reason if aborted. */
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
}

/**
 * Downloads a version into `directory`, its MLmodel first.
 *
 * @throws GatewayError ARTIFACT_UNAVAILABLE, ARTIFACT_INVALID, ARTIFACT_FORBIDDEN, INVALID_MODEL, what the rules throw, and
 *   errors of the file system as they are. Files may be left behind.
 */
export async function fetchVersion(
  version: VersionToFetch,
  signal: AbortSignal,
): Promise<readonly StoredFile[]> {
  const listed = await version.source.list(version.location, signal);
  const stored = await (listed === null ? fetchNamed(version, signal) : fetchListed(version, listed, signal));
  version.meter.end();
  return stored;
}

async function fetchListed(
  version: VersionToFetch,
  listed: readonly ArtifactFile[],
  signal: AbortSignal,
): Promise<readonly StoredFile[]> {
  const where = printableLocation(version.location);
  if (listed.length === 0) throw new GatewayError('ARTIFACT_UNAVAILABLE', `there are no files at "${where}"`);
  const paths = listed.map((file) => file.path);
  checkArtifactPaths(paths);
  version.meter.setTotal(totalOf(listed));
  const stored: StoredFile[] = [];
  const mlmodel = listed.find((file) => file.path === MLMODEL);
  if (mlmodel !== undefined) stored.push(await fetchMlModel(version, mlmodel, signal));
  version.rules.accept(mlmodel === undefined ? null : await readMlModel(version.directory), paths);
  const rest = listed.filter((file) => file !== mlmodel);
  await requireRoom(version.directory, totalOf(rest));
  stored.push(...(await fetchFiles(version, rest, signal)));
  return stored;
}

async function fetchNamed(version: VersionToFetch, signal: AbortSignal): Promise<readonly StoredFile[]> {
  const { directory, rules } = version;
  const stored: StoredFile[] = [];
  const mlmodel = await fetchMlModelIfAny(version, signal);
  if (mlmodel !== null) stored.push(mlmodel);
  rules.accept(
    mlmodel === null ? null : await readMlModel(directory),
    stored.map((file) => file.path),
  );
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const missing = [...new Set(await rules.missingFiles(directory))];
    if (missing.length === 0) return stored;
    checkArtifactPaths([...stored.map((file) => file.path), ...missing]);
    const files = missing.map((path) => ({ path, sizeBytes: null }));
    stored.push(...(await fetchFiles(version, files, signal)));
  }
  throw new GatewayError(
    'ARTIFACT_INVALID',
    `files go on being missing after ${MAX_ROUNDS} rounds of downloads`,
  );
}

async function fetchMlModelIfAny(version: VersionToFetch, signal: AbortSignal): Promise<StoredFile | null> {
  let content: ArtifactContent;
  try {
    content = await version.source.open({ location: version.location, path: MLMODEL }, signal);
  } catch (error) {
    if (error instanceof GatewayError && error.code === 'ARTIFACT_INVALID') return null;
    throw error;
  }
  return saveOpened(version, { path: MLMODEL, sizeBytes: null }, content);
}

/** Without further attempts: nothing is lost yet, and whoever waits should hear soon that nobody answers. */
async function fetchMlModel(
  version: VersionToFetch,
  file: ArtifactFile,
  signal: AbortSignal,
): Promise<StoredFile> {
  if ((file.sizeBytes ?? 0) > MAX_MLMODEL_BYTES)
    throw new GatewayError(
      'ARTIFACT_INVALID',
      `artifact "${MLMODEL}" is larger than ${MAX_MLMODEL_BYTES} bytes`,
    );
  const content = await version.source.open({ location: version.location, ...file }, signal);
  return saveOpened(version, file, content);
}

async function saveOpened(
  { directory, meter }: VersionToFetch,
  { path, sizeBytes }: ArtifactFile,
  { chunks }: ArtifactContent,
): Promise<StoredFile> {
  return saveFile({
    path,
    target: join(directory, path),
    sizeBytes,
    maxBytes: MAX_MLMODEL_BYTES,
    pieces: inOrder(chunks),
    onBytes: (added) => meter.add(added),
  });
}

async function* inOrder(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<FilePiece> {
  let offset = 0;
  for await (const bytes of chunks) {
    yield { offset, bytes };
    offset += bytes.byteLength;
  }
}

async function fetchFiles(
  version: VersionToFetch,
  files: readonly ArtifactFile[],
  signal: AbortSignal,
): Promise<readonly StoredFile[]> {
  const total = files.length;
  if (total > MAX_FILES)
    throw new GatewayError('ARTIFACT_INVALID', `the version has more than ${MAX_FILES} files`);
  const stored: StoredFile[] = [];
  await forEachLimited(files, PARALLEL_DOWNLOADS, signal, async (file, fileSignal) => {
    stored.push(await fetchFile(version, file, fileSignal));
  });
  return stored;
}

async function fetchFile(
  version: VersionToFetch,
  file: ArtifactFile,
  signal: AbortSignal,
): Promise<StoredFile> {
  const { path, sizeBytes } = file;
  const { location, source, meter, pause, onNote } = version;
  const target = join(version.directory, path);
  await mkdir(dirname(target), { recursive: true, mode: 0o700 });
  const open = (resume: ResumePoint | null) => source.open({ location, path, sizeBytes, resume }, signal);
  const pieces = resumedChunks({ path, sizeBytes, open, pause, onNote }, signal);
  return saveFile({ path, target, sizeBytes, pieces, onBytes: (added) => meter.add(added) });
}

function totalOf(files: readonly ArtifactFile[]): number | null {
  let total = 0;
  for (const { sizeBytes } of files) {
    if (sizeBytes === null) return null;
    total += sizeBytes;
  }
  return total;
}

async function readMlModel(directory: string): Promise<MlModel> {
  return parseMlModel(await readFile(join(directory, MLMODEL), 'utf8'));
}
