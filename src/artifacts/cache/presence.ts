import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CacheLayout } from './cache-layout.ts';
import { errnoOf, isMissing } from './disk-error.ts';
import { currentProcess, type ProcessIdentity, processState } from './process-identity.ts';

export const HEARTBEAT_INTERVAL_MS = 30_000;
/** A process of another container or machine whose file is older than this is taken for dead. */
export const STALE_AFTER_MS = 300_000;

/** One user of a cache directory, as the others see it. */
export interface Neighbour {
  readonly instance: string;
  readonly held: readonly string[];
  /** Its process does not exist any more, for all that can be known. */
  readonly isGone: boolean;
  /** Gone, or it has not given a sign for too long (stopped, stuck): not to be waited for. */
  readonly isSilent: boolean;
}

/**
 * Tells the other users of a cache directory that this one lives and which entries it holds.
 *
 * Invariant: after `publish` resolves, no process that reads the directory from then on evicts what was held before the call.
 */
export class Presence {
  readonly instance = randomUUID();
  /** This instance's own part of `tmp/`; exists from the first `publish` on. */
  readonly tmp: string;
  readonly #layout: CacheLayout;
  readonly #now: () => number;
  readonly #process = currentProcess();
  readonly #holds = new Map<string, number>();
  #publishing: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(layout: CacheLayout, now: () => number) {
    this.#layout = layout;
    this.#now = now;
    this.tmp = join(layout.tmp, this.instance);
  }

  isHeld(key: string): boolean {
    return this.#holds.has(key);
  }

  hold(key: string): void {
    this.#holds.set(key, (this.#holds.get(key) ?? 0) + 1);
  }

  /** Becomes known to the others with the next `publish`, so that a hold taken over between two calls never shows a gap. */
  release(key: string): void {
    const count = this.#holds.get(key) ?? 0;
    if (count > 1) this.#holds.set(key, count - 1);
    else this.#holds.delete(key);
  }

  /** Writes the current holds and gives a sign of life. */
  publish(): Promise<void> {
    const write = () => this.#write();
    this.#publishing = this.#publishing.then(write, write);
    return this.#publishing;
  }

  async #write(): Promise<void> {
    if (this.#isClosed) return;
    const content = JSON.stringify({ process: this.#process, held: [...this.#holds.keys()] });
    // First of all: whoever sweeps takes a directory in tmp/ whose owner has no such file for left behind.
    await writeFile(this.#file(this.instance), content, { mode: 0o600, flag: 'wx' }).catch(ignoreExisting);
    // The directory may have been swept while this process was stopped.
    await mkdir(this.tmp, { recursive: true, mode: 0o700 });
    const draft = join(this.tmp, 'presence.json');
    await writeFile(draft, content, { mode: 0o600 });
    const time = new Date(this.#now());
    await utimes(draft, time, time);
    await rename(draft, this.#file(this.instance));
  }

  /** All users of the directory, this one included. */
  async neighbours(): Promise<readonly Neighbour[]> {
    const names = await readdir(this.#layout.processes);
    const found = names
      .filter((name) => name.endsWith('.json'))
      .map((name) => this.neighbour(name.slice(0, -'.json'.length)));
    return (await Promise.all(found)).filter((neighbour) => neighbour !== null);
  }

  /** One user of the directory; `null` if there is none of this name. */
  async neighbour(instance: string): Promise<Neighbour | null> {
    try {
      const { mtimeMs } = await stat(this.#file(instance));
      const content = parse(await readFile(this.#file(instance), 'utf8'));
      const isStale = this.#now() - mtimeMs > STALE_AFTER_MS;
      const state = processState(content.process, this.#process);
      const isGone = state === 'gone' || (state === 'unknown' && isStale);
      return { instance, held: content.held, isGone, isSilent: isGone || isStale };
    } catch (error) {
      if (isMissing(error)) return null;
      throw error;
    }
  }

  async forget(instance: string): Promise<void> {
    await rm(this.#file(instance), { force: true });
  }

  /** Gives up all holds and everything in `tmp`. Idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#publishing.catch(() => {});
    await rm(this.tmp, { recursive: true, force: true });
    await this.forget(this.instance);
  }

  #file(instance: string): string {
    return join(this.#layout.processes, `${instance}.json`);
  }
}

function ignoreExisting(error: unknown): void {
  if (errnoOf(error) !== 'EEXIST') throw error;
}

/** A file that a power cut left empty counts by its age alone. */
function parse(text: string): { readonly process: ProcessIdentity | null; readonly held: readonly string[] } {
  try {
    const value = JSON.parse(text);
    return { process: value.process ?? null, held: Array.isArray(value.held) ? value.held : [] };
  } catch {
    return { process: null, held: [] };
  }
}
