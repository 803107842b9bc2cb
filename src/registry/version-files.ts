import { createHash } from 'node:crypto';
import type { Stats } from 'node:fs';
import { lstat, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { marksModelDirectory } from '../model/model-file-name.ts';

/** What the file system tells of a version's directory without reading a file. */
export interface VersionFiles {
  /** Changes with every change of content: a hash over (path, size, mtime) of the visible files, 32 hex digits. */
  readonly fingerprint: string;
  /** Latest ctime of anything in it, hidden files included, in ms since the epoch; infinite if files came and went during the look. */
  readonly newestChangeMs: number;
  /** Whether an `MLmodel` or a model's file lies at its top. */
  readonly hasModel: boolean;
}

const MAX_DEPTH = 32;

/** Looks through `directory`, following symbolic links. Rejects with the file system's error if it cannot be read. */
export async function scanVersionFiles(directory: string, signal?: AbortSignal): Promise<VersionFiles> {
  const scan = new Scan(signal);
  await scan.enter(directory, '', []);
  const lines = scan.lines.sort();
  return {
    fingerprint: createHash('sha256').update(lines.join('\n')).digest('hex').slice(0, 32),
    newestChangeMs: scan.newestChangeMs,
    hasModel: scan.hasModel,
  };
}

class Scan {
  readonly lines: string[] = [];
  newestChangeMs = 0;
  hasModel = false;
  readonly #signal: AbortSignal | undefined;

  constructor(signal: AbortSignal | undefined) {
    this.#signal = signal;
  }

  async enter(directory: string, prefix: string, ancestors: readonly string[]): Promise<void> {
    this.#signal?.throwIfAborted();
    const own = await stat(directory);
    this.#changed(own);
    const identity = `${own.dev}:${own.ino}`;
    if (ancestors.includes(identity) || ancestors.length >= MAX_DEPTH) return;
    const names = await readdir(directory);
    await Promise.all(names.map((name) => this.#look(directory, prefix, name, [...ancestors, identity])));
  }

  async #look(directory: string, prefix: string, name: string, ancestors: readonly string[]): Promise<void> {
    const path = join(directory, name);
    const stats = await statOrNull(path);
    if (stats === null) {
      this.newestChangeMs = Number.POSITIVE_INFINITY;
      return;
    }
    this.#changed(stats);
    // Hidden files are copy tools' temporary files or Kubernetes' bookkeeping: they move the clock, not the content.
    if (name.startsWith('.')) return;
    const relative = prefix + name;
    if (stats.isDirectory()) return this.enter(path, `${relative}/`, ancestors);
    if (prefix === '' && marksModelDirectory(name)) this.hasModel = true;
    this.lines.push(JSON.stringify([relative, stats.size, stats.mtimeMs]));
  }

  #changed(stats: Stats): void {
    this.newestChangeMs = Math.max(this.newestChangeMs, stats.ctimeMs);
  }
}

/** The target's stats; a dangling link's own; `null` if the entry has vanished. */
async function statOrNull(path: string): Promise<Stats | null> {
  return await stat(path).catch(() => lstat(path).catch(() => null));
}
