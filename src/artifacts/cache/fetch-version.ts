import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { GatewayError } from '../../errors.ts';
import type { MlModel } from '../../model/ml-model.ts';
import { parseMlModel } from '../../model/parse-ml-model.ts';
import { checkArtifactPaths, MAX_FILES } from '../artifact-path.ts';
import type { ArtifactFile, ArtifactSource } from '../artifact-source.ts';
import type { FetchRules } from '../fetch-rules.ts';
import { printableLocation } from '../printable-location.ts';
import { forEachLimited } from './for-each-limited.ts';
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
  return listed === null ? fetchNamed(version, signal) : fetchListed(version, listed, signal);
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
  const stored: StoredFile[] = [];
  const mlmodel = listed.find((file) => file.path === MLMODEL);
  if (mlmodel !== undefined) stored.push(await fetchFile(version, mlmodel, signal));
  version.rules.accept(mlmodel === undefined ? null : await readMlModel(version.directory), paths);
  const rest = listed.filter((file) => file !== mlmodel);
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
  let content: AsyncIterable<Uint8Array>;
  try {
    content = await version.source.open(version.location, MLMODEL, signal);
  } catch (error) {
    if (error instanceof GatewayError && error.code === 'ARTIFACT_INVALID') return null;
    throw error;
  }
  const target = join(version.directory, MLMODEL);
  const open = () => Promise.resolve(content);
  return saveFile({ path: MLMODEL, target, sizeBytes: null, maxBytes: MAX_MLMODEL_BYTES, open });
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
  if (path === MLMODEL && (sizeBytes ?? 0) > MAX_MLMODEL_BYTES)
    throw new GatewayError(
      'ARTIFACT_INVALID',
      `artifact "${path}" is larger than ${MAX_MLMODEL_BYTES} bytes`,
    );
  const target = join(version.directory, path);
  await mkdir(dirname(target), { recursive: true, mode: 0o700 });
  return saveFile({
    path,
    target,
    sizeBytes,
    ...(path === MLMODEL ? { maxBytes: MAX_MLMODEL_BYTES } : {}),
    open: () => version.source.open(version.location, path, signal),
  });
}

async function readMlModel(directory: string): Promise<MlModel> {
  return parseMlModel(await readFile(join(directory, MLMODEL), 'utf8'));
}
