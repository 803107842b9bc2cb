import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { GatewayError, messageOf, toGatewayError } from '../../errors.ts';
import type { ModelUri, Pointer } from '../../model/model-uri.ts';
import type { ModelVersion } from '../../model/model-version.ts';
import { didYouMean } from '../did-you-mean.ts';
import type { ModelRegistry, PointerState, Resolution } from '../model-registry.ts';
import { availablePointers, followPointer } from '../pointer-map.ts';
import { readRunId } from '../run-id.ts';
import { scanVersionFiles, type VersionFiles } from '../version-files.ts';
import { Completeness, type CompletenessOptions } from './completeness.ts';
import { isMissing, listModelNames, type ModelFolder, pointersOf, readModelFolder } from './model-folder.ts';

export interface DirectoryRegistryOptions extends CompletenessOptions {
  /** Holds one folder for each model (contract section 3). Only read. */
  readonly directory: string;
}

/** The registry that is a folder: `<directory>/<model>/<version>/…` with pointers in `<model>/registry.yaml`. */
export function createDirectoryRegistry(options: DirectoryRegistryOptions): ModelRegistry {
  return new DirectoryRegistry(options);
}

/** A model's folder, that there is none, or why it cannot be read. */
type Folder = ModelFolder | GatewayError | null;

class DirectoryRegistry implements ModelRegistry {
  readonly id: string;
  readonly #directory: string;
  readonly #completeness: Completeness;
  /** Version directory → the run that its MLmodel names, so that the file is read once for each content. */
  readonly #runs = new Map<string, { readonly fingerprint: string; readonly runId: string | null }>();

  constructor(options: DirectoryRegistryOptions) {
    this.#directory = resolve(options.directory);
    this.#completeness = new Completeness(options);
    this.id = `dir:${this.#directory}`;
  }

  async resolve(uris: readonly ModelUri[], signal: AbortSignal): Promise<readonly Resolution[]> {
    signal.throwIfAborted();
    const listed = await listModelNames(this.#directory);
    const wanted = uris.some((uri) => uri.name === '*') ? listed : [];
    const folders = new Map<string, Folder>();
    for (const name of new Set([...wanted, ...uris.map((uri) => uri.name)])) {
      signal.throwIfAborted();
      if (name !== '*') folders.set(name, await this.#readFolder(name));
    }
    return await Promise.all(
      uris.map(async (uri): Promise<Resolution> => {
        if (uri.name === '*') return await this.#resolveWildcard(uri, listed, folders, signal);
        const state = await this.#follow(uri, folders.get(uri.name) ?? null, listed, signal);
        return { uri, states: [state], available: [] };
      }),
    );
  }

  async read(uri: ModelUri, signal: AbortSignal): Promise<PointerState> {
    signal.throwIfAborted();
    const listed = await listModelNames(this.#directory);
    return await this.#follow(uri, await this.#readFolder(uri.name), listed, signal);
  }

  async locate(version: ModelVersion, signal: AbortSignal): Promise<string> {
    const path = join(this.#directory, version.name, version.version);
    const files = await scan(path, signal);
    if (files === null) {
      throw new GatewayError(
        'VERSION_NOT_FOUND',
        `model "${version.name}" has no version ${version.version}`,
      );
    }
    if (sourceOf(path, files) !== version.source) {
      throw new GatewayError(
        'VERSION_NOT_READY',
        `version ${version.version} of model "${version.name}" has changed on disk since it was chosen`,
      );
    }
    return pathToFileURL(path).href;
  }

  async close(): Promise<void> {
    this.#runs.clear();
  }

  async #readFolder(name: string): Promise<Folder> {
    try {
      return await readModelFolder(this.#directory, name);
    } catch (error) {
      return toGatewayError(error, 'REGISTRY_UNAVAILABLE', messageOf(error));
    }
  }

  async #resolveWildcard(
    uri: ModelUri,
    names: readonly string[],
    folders: ReadonlyMap<string, Folder>,
    signal: AbortSignal,
  ): Promise<Resolution> {
    const found: ModelFolder[] = [];
    const states: PointerState[] = [];
    for (const name of names) {
      const folder = folders.get(name) ?? null;
      if (folder === null) continue;
      if (!(folder instanceof GatewayError)) found.push(folder);
      const state = await this.#follow({ ...uri, name }, folder, names, signal);
      if (state.outcome !== 'absent') states.push(state);
    }
    return { uri, states, available: states.length > 0 ? [] : availablePointers(found.map(pointersOf)) };
  }

  async #follow(
    uri: ModelUri,
    folder: Folder,
    names: readonly string[],
    signal: AbortSignal,
  ): Promise<PointerState> {
    const { name, pointer } = uri;
    if (folder === null) {
      return { outcome: 'absent', name, reason: `there is no model "${name}"${didYouMean(name, names)}` };
    }
    if (folder instanceof GatewayError) return { outcome: 'failed', name, error: folder };
    const target = followPointer(pointersOf(folder), pointer);
    if (target.version === null) return { outcome: 'absent', name, reason: target.reason };
    if (!folder.versions.includes(target.version)) return missingVersion(folder, pointer, target.version);
    const path = join(folder.path, target.version);
    try {
      const files = await scan(path, signal);
      if (files === null) return missingVersion(folder, pointer, target.version);
      const reason = await this.#completeness.reasonToWait(folder.path, target.version, files);
      if (reason !== null) return failed(name, 'VERSION_NOT_READY', reason);
      const version = await this.#describe(folder, target.version, path, files);
      return { outcome: 'found', name, version, notes: target.notes };
    } catch (error) {
      signal.throwIfAborted();
      return failed(name, 'REGISTRY_UNAVAILABLE', `cannot read "${path}": ${messageOf(error)}`);
    }
  }

  async #describe(
    folder: ModelFolder,
    version: string,
    path: string,
    files: VersionFiles,
  ): Promise<ModelVersion> {
    let run = this.#runs.get(path);
    if (run?.fingerprint !== files.fingerprint) {
      run = { fingerprint: files.fingerprint, runId: await readRunId(path) };
      this.#runs.set(path, run);
    }
    return {
      registry: this.id,
      workspace: null,
      name: folder.name,
      version,
      modelCreatedAt: folder.createdAt,
      runId: run.runId,
      source: sourceOf(path, files),
      tags: folder.file?.tags.get(version) ?? {},
    };
  }
}

/** An explicit version that is not there is absent; a pointer to one is a mistake in the file that somebody must mend. */
function missingVersion(folder: ModelFolder, pointer: Pointer, version: string): PointerState {
  const { name } = folder;
  const existing = folder.versions.length === 0 ? 'it has none' : `it has ${folder.versions.join(', ')}`;
  if (pointer.kind === 'version') {
    return { outcome: 'absent', name, reason: `model "${name}" has no version ${version}; ${existing}` };
  }
  const pointed =
    pointer.kind === 'stage' ? pointer.stage : pointer.kind === 'alias' ? `@${pointer.alias}` : 'latest';
  const message = `${pointed} of model "${name}" names version ${version}, which does not exist; ${existing}`;
  return failed(name, 'VERSION_NOT_FOUND', message);
}

function failed(
  name: string,
  code: 'VERSION_NOT_READY' | 'VERSION_NOT_FOUND' | 'REGISTRY_UNAVAILABLE',
  message: string,
): PointerState {
  return { outcome: 'failed', name, error: new GatewayError(code, message) };
}

function sourceOf(path: string, files: VersionFiles): string {
  return `${pathToFileURL(path).href}#${files.fingerprint}`;
}

async function scan(path: string, signal: AbortSignal): Promise<VersionFiles | null> {
  try {
    return await scanVersionFiles(path, signal);
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}
