import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { GatewayError } from '../errors.ts';
import { writeFileAtomically } from '../write-file-atomically.ts';
import type { Verdict } from './gate.ts';
import { fileNameFor } from './signature-text.ts';

/** Raised when a trial measures or decides something in another way, so that older verdicts are not used. */
const GATE_REVISION = 3;

/** Of some 300 bytes each. */
const MOST_VERDICTS = 10_000;

/**
 * Verdicts of versions that passed their trial, beside the artifact cache: the same files under the same runtime need
 * not be tried again, which is what makes a restart fast.
 */
export class VerdictStore {
  readonly #directory: string;
  readonly #runtime: string;
  readonly #mostVerdicts: number;
  /** How many there are, as far as this process knows; `null`: not counted yet. */
  #count: number | null = null;

  /** @param runtime name and version of the engine; another one tries everything anew. Above `mostVerdicts` the oldest half goes. */
  constructor(directory: string, runtime: string, mostVerdicts = MOST_VERDICTS) {
    this.#directory = directory;
    this.#runtime = runtime;
    this.#mostVerdicts = mostVerdicts;
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
      await writeFileAtomically(this.#path(digest), JSON.stringify(verdict), 0o600);
      this.#count = this.#count === null ? (await readdir(this.#directory)).length : this.#count + 1;
      if (this.#count > this.#mostVerdicts) await this.#forgetOldest();
    } catch (error) {
      const message = 'the result of a trial cannot be written beside the cache';
      throw new GatewayError('CACHE_UNAVAILABLE', message, { cause: error });
    }
  }

  async #forgetOldest(): Promise<void> {
    const paths = (await readdir(this.#directory)).map((name) => join(this.#directory, name));
    const files = await Promise.all(
      paths.map(async (path) => ({
        path,
        writtenAt: await stat(path).then(
          ({ mtimeMs }) => mtimeMs,
          () => 0,
        ),
      })),
    );
    files.sort((left, right) => left.writtenAt - right.writtenAt);
    const leaving = files.slice(0, Math.max(0, files.length - Math.floor(this.#mostVerdicts / 2)));
    await Promise.all(leaving.map(({ path }) => rm(path, { force: true })));
    this.#count = files.length - leaving.length;
  }

  #path(digest: string): string {
    return join(this.#directory, `${fileNameFor(`${GATE_REVISION} ${this.#runtime} ${digest}`)}.json`);
  }
}
