import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { VersionFiles } from '../version-files.ts';

export interface CompletenessOptions {
  /** How long nothing in a version's directory may change before it counts as completely copied. */
  readonly pollIntervalMs: number;
  /** Ms since the epoch. */
  readonly now: () => number;
}

interface Sighting {
  readonly fingerprint: string;
  readonly newestChangeMs: number;
  readonly since: number;
}

/**
 * Tells versions that are still being copied from complete ones (contract section 3). Remembers what it saw, because
 * on a network file system ctime is another machine's clock: a version that looks the same for one poll interval
 * by our own clock is complete, too.
 */
export class Completeness {
  readonly #options: CompletenessOptions;
  readonly #sightings = new Map<string, Sighting>();

  constructor(options: CompletenessOptions) {
    this.#options = options;
  }

  /** Why `version` may not be loaded yet, or `null` if it is complete. */
  async reasonToWait(modelPath: string, version: string, files: VersionFiles): Promise<string | null> {
    const { pollIntervalMs, now } = this.#options;
    const time = now();
    const path = join(modelPath, version);
    if (!files.hasModel) {
      return `version ${version} is not complete: "${path}" has neither an MLmodel nor a model file (.onnx, .skops, .pkl)`;
    }
    const seen = this.#sightings.get(path);
    const isUnchanged =
      seen?.fingerprint === files.fingerprint && seen.newestChangeMs === files.newestChangeMs;
    if (!isUnchanged) this.#sightings.set(path, { ...files, since: time });
    if (time - files.newestChangeMs >= pollIntervalMs) return null;
    if (isUnchanged && time - seen.since >= pollIntervalMs) return null;
    if ((await readCompletenessRecord(modelPath, version)) === files.fingerprint) return null;
    return `version ${version} is still being copied: "${path}" changed within the last ${pollIntervalMs} ms`;
  }
}

/**
 * Where `switchyard registry add` writes down that it put a version there completely. It holds the fingerprint of
 * the content, so that it says nothing about what somebody copies into the same place later.
 */
export function completenessRecordPath(modelPath: string, version: string): string {
  return join(modelPath, `.complete-${version}`);
}

async function readCompletenessRecord(modelPath: string, version: string): Promise<string | null> {
  const text = await readFile(completenessRecordPath(modelPath, version), 'utf8').catch(() => null);
  return text === null ? null : text.trim();
}
