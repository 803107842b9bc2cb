import { randomUUID } from 'node:crypto';
import { copyFile, cp, mkdir, rename, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { GatewayError } from '../../errors.ts';
import { syncDirectory } from '../../sync-directory.ts';
import { writeFileAtomically } from '../../write-file-atomically.ts';
import { didYouMean } from '../did-you-mean.ts';
import { scanVersionFiles } from '../version-files.ts';
import { completenessRecordPath } from './completeness.ts';
import { withEditLock } from './edit-lock.ts';
import { editRegistryFile, type PointerEdit } from './edit-registry-file.ts';
import { inspectModelContent, type ModelContent } from './model-content.ts';
import { isModelName, listModelNames, type ModelFolder, readModelFolder } from './model-folder.ts';
import { syncTree } from './sync-tree.ts';

export interface NewVersion {
  readonly name: string;
  /** A model directory, or a model's file. */
  readonly path: string;
  readonly stage: string | null;
  readonly alias: string | null;
}

/**
 * Copies a model into the registry as the next version and sets its pointers. The version appears in one step.
 *
 * @returns the version number.
 * @throws GatewayError INVALID_MODEL if there is no model at the path, INVALID_INPUT for an impossible name.
 */
export async function addVersion(directory: string, addition: NewVersion): Promise<string> {
  const { name, path, stage, alias } = addition;
  if (!isModelName(name)) {
    throw new GatewayError('INVALID_INPUT', `"${name}" cannot be the name of a model`);
  }
  const content = await inspectModelContent(path);
  const modelPath = join(directory, name);
  // Refuses to add to a model whose registry.yaml is broken before anything is copied.
  await readModelFolder(directory, name);
  await mkdir(modelPath, { recursive: true });
  const temporary = join(modelPath, `.adding-${randomUUID()}`);
  try {
    await copyContent(content, temporary);
    await syncTree(temporary);
    const { fingerprint } = await scanVersionFiles(temporary);
    return await withEditLock(modelPath, async () => {
      const before = await readModelFolder(directory, name);
      const version = await nextVersion(modelPath, before?.versions ?? []);
      await writeFileAtomically(completenessRecordPath(modelPath, version), `${fingerprint}\n`, 0o644);
      await rename(temporary, join(modelPath, version));
      await syncDirectory(modelPath);
      const edits: PointerEdit[] = [];
      if (stage !== null) edits.push({ kind: 'stage', stage, version });
      if (alias !== null) edits.push({ kind: 'alias', alias, version });
      if (edits.length > 0) {
        const folder = before ?? ((await readModelFolder(directory, name)) as ModelFolder);
        await editRegistryFile(folder, edits);
      }
      return version;
    });
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw error;
  }
}

/**
 * Moves a stage or an alias.
 *
 * @throws GatewayError MODEL_NOT_FOUND or VERSION_NOT_FOUND that says what exists, REGISTRY_UNAVAILABLE if the
 *   model's `registry.yaml` is broken.
 */
export async function movePointer(directory: string, name: string, edit: PointerEdit): Promise<void> {
  const existing = await existingModel(directory, name);
  await withEditLock(existing.path, async () => {
    const folder = await existingModel(directory, name);
    if (!folder.versions.includes(edit.version)) {
      const versions = folder.versions.length === 0 ? 'no versions' : folder.versions.join(', ');
      throw new GatewayError(
        'VERSION_NOT_FOUND',
        `model "${name}" has no version "${edit.version}"; it has ${versions}`,
      );
    }
    await editRegistryFile(folder, [edit]);
  });
}

async function existingModel(directory: string, name: string): Promise<ModelFolder> {
  const folder = await readModelFolder(directory, name);
  if (folder !== null) return folder;
  const names = await listModelNames(directory);
  const list = names.length === 0 ? 'the registry is empty' : `there are ${names.join(', ')}`;
  throw new GatewayError(
    'MODEL_NOT_FOUND',
    `there is no model "${name}" in "${directory}"${didYouMean(name, names) || `; ${list}`}`,
  );
}

async function copyContent(content: ModelContent, target: string): Promise<void> {
  if (content.kind === 'directory') {
    await cp(content.path, target, { recursive: true, dereference: true, errorOnExist: true });
    return;
  }
  await mkdir(target);
  await copyFile(content.path, join(target, content.name));
  for (const companion of content.companions) await copyFile(companion, join(target, basename(companion)));
}

/** One above the highest; numbers that something else than a version has taken are passed over. */
async function nextVersion(modelPath: string, versions: readonly string[]): Promise<string> {
  let next = BigInt(versions.at(-1) ?? '0') + 1n;
  while ((await stat(join(modelPath, String(next))).catch(() => null)) !== null) next += 1n;
  return String(next);
}
