import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GatewayError } from '../errors.ts';
import type { Verdict } from './gate.ts';
import { fileNameFor } from './signature-text.ts';
import { writeFileAtomically } from './write-file-atomically.ts';

/** Raised when a trial measures or decides something in another way, so that older verdicts are not used. */
const GATE_REVISION = 3;

/**
 * Verdicts of versions that passed their trial, beside the artifact cache: the same files under the same runtime need
 * not be tried again, which is what makes a restart fast.
 */
export class VerdictStore {
  readonly #directory: string;
  readonly #runtime: string;

  /** @param runtime name and version of the engine; another one tries everything anew. */
  constructor(directory: string, runtime: string) {
    this.#directory = directory;
    this.#runtime = runtime;
  }

  /** `null` if there is none, or none that can be read: the version is then tried again. */
  async find(digest: string): Promise<Verdict | null> {
    try {
      return JSON.parse(await readFile(this.#path(digest), 'utf8')) as Verdict;
    } catch {
      return null;
    }
  }

  /** @throws GatewayError CACHE_UNAVAILABLE. */
  async remember(digest: string, verdict: Verdict): Promise<void> {
    try {
      await writeFileAtomically(this.#path(digest), JSON.stringify(verdict));
    } catch (error) {
      const message = 'the result of a trial cannot be written beside the cache';
      throw new GatewayError('CACHE_UNAVAILABLE', message, { cause: error });
    }
  }

  #path(digest: string): string {
    return join(this.#directory, `${fileNameFor(`${GATE_REVISION} ${this.#runtime} ${digest}`)}.json`);
  }
}
