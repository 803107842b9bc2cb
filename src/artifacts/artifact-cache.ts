import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { GatewayError, messageOf } from '../errors.ts';
import type { MlModel } from '../model/ml-model.ts';
import type { ModelVersion } from '../model/model-version.ts';
import { parseMlModel } from '../model/parse-ml-model.ts';
import type { ArtifactSource } from './artifact-source.ts';
import { type CacheLayout, createLayout } from './cache/cache-layout.ts';
import { Claims } from './cache/claims.ts';
import { type DerivedFiles, derivedFilesOf } from './cache/derived-files.ts';
import { isDiskFull, toCacheError } from './cache/disk-error.ts';
import { DownloadMeter, type DownloadProgress } from './cache/download-meter.ts';
import { digestOf, type EntryRecord, filesDirectory, writeEntry } from './cache/entry.ts';
import { everyUnref } from './cache/every-unref.ts';
import { fetchVersion, MLMODEL } from './cache/fetch-version.ts';
import { HEARTBEAT_INTERVAL_MS, Presence } from './cache/presence.ts';
import { SharedFlights } from './cache/shared-flights.ts';
import { sweep } from './cache/sweep.ts';
import { VersionStore } from './cache/version-store.ts';
import { cacheKey } from './cache-key.ts';
import type { FetchRules } from './fetch-rules.ts';
import { pickSource } from './pick-source.ts';
import { printableLocation } from './printable-location.ts';

/** A version's complete local copy. */
export interface CachedVersion {
  /** `cacheKey(version)`: what `hold` and `release` take. */
  readonly key: string;
  /** The files as the registry's store has them. Never changed by anyone; may vanish unless the key is held. */
  readonly directory: string;
  /** `sha256:<hex>` over all files. */
  readonly digest: string;
  readonly sizeBytes: number;
  /** `null` if the version has no MLmodel file. */
  readonly mlmodel: MlModel | null;
  /**
   * A new empty directory on the same file system, so that hard links work. It is the caller's until
   * `removeWorkDirectory`; what is left when the cache is closed or its process dies is removed.
   */
  createWorkDirectory(): Promise<string>;
  readonly derived: DerivedFiles;
  /** Throws the copy away, since it is no model: the next attempt downloads it anew. */
  discard(): Promise<void>;
}

export interface ArtifactCacheOptions {
  readonly directory: string;
  /** What all versions together may fill; versions that are held stay even above it. */
  readonly maxBytes: number;
  /** The first whose `accepts` is true is taken. They stay the caller's to close. */
  readonly sources: readonly ArtifactSource[];
  /** Takes sentences for the operator that are no call's error: held versions above the limit, a failed heartbeat. */
  readonly onNote?: (note: string) => void;
  /** Told of downloads that take longer than some seconds, every now and then. */
  readonly onProgress?: (version: ModelVersion, progress: DownloadProgress) => void;
  readonly now?: () => number;
  /** Waits between two attempts at a file. Default: a timer. */
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Repeats `task` until the returned function is called. Default: an interval that keeps no process alive. */
  readonly every?: (intervalMs: number, task: () => void) => () => void;
}

/** How long until another process's download is looked at again. */
const CLAIM_POLL_MS = 200;
const HEARTBEATS_PER_SWEEP = 10;

interface Origin {
  readonly source: ArtifactSource;
  readonly location: string;
  readonly rules: FetchRules;
}

/**
 * Local copies of versions, shared by any number of processes.
 *
 * Invariants: an entry is complete or does not exist, whenever a process dies; an entry that a living process holds is not
 * removed, unless it is damaged.
 */
export class ArtifactCache {
  readonly #options: ArtifactCacheOptions;
  readonly #layout: CacheLayout;
  readonly #presence: Presence;
  readonly #claims: Claims;
  readonly #store: VersionStore;
  readonly #flights = new SharedFlights<CachedVersion>();
  readonly #now: () => number;
  #stopHeartbeat: () => void = () => {};
  #heartbeats = 0;

  private constructor(options: ArtifactCacheOptions, layout: CacheLayout, presence: Presence) {
    this.#options = options;
    this.#layout = layout;
    this.#presence = presence;
    this.#now = options.now ?? Date.now;
    this.#claims = new Claims(layout, presence);
    this.#store = new VersionStore(layout, presence, this.#now);
  }

  /** @throws GatewayError CACHE_UNAVAILABLE if the directory cannot be made or written. */
  static async open(options: ArtifactCacheOptions): Promise<ArtifactCache> {
    const directory = resolve(options.directory);
    try {
      const layout = await createLayout(directory);
      const presence = new Presence(layout, options.now ?? Date.now);
      await presence.publish();
      const cache = new ArtifactCache(options, layout, presence);
      await cache.#sweep();
      const every = options.every ?? everyUnref;
      cache.#stopHeartbeat = every(HEARTBEAT_INTERVAL_MS, () => void cache.#heartbeat());
      return cache;
    } catch (error) {
      throw toCacheError(error, directory);
    }
  }

  /**
   * The version's local copy, downloaded if need be. Concurrent calls for one version share one download, with the rules
   * of the first; an abort ends only the caller's own wait, unless it is the last one. Hold `cacheKey(version)` before.
   *
   * @throws GatewayError ARTIFACT_*, CACHE_UNAVAILABLE, INVALID_MODEL, what the rules throw; the signal's reason if aborted.
   */
  ensure(version: ModelVersion, rules: FetchRules, signal: AbortSignal): Promise<CachedVersion> {
    return this.#flights.join(cacheKey(version), (shared) => this.#ensure(version, rules, shared), signal);
  }

  /**
   * The version's local copy if there is a complete one, without any network. Sizes are always checked, contents (up to
   * 256 MiB) once per process; a damaged copy is thrown away.
   *
   * @throws GatewayError CACHE_UNAVAILABLE, INVALID_MODEL.
   */
  async find(version: ModelVersion): Promise<CachedVersion | null> {
    try {
      const record = await this.#store.find(cacheKey(version));
      return record === null ? null : await this.#toCachedVersion(record);
    } catch (error) {
      throw toCacheError(error, this.#layout.root);
    }
  }

  /** Keeps an entry, existing or not yet, from being evicted by any process. Counted: as many `release` calls end it. */
  hold(key: string): void {
    this.#presence.hold(key);
    this.#presence
      .publish()
      .catch((error: unknown) => this.#note(`a hold could not be written: ${messageOf(error)}`));
  }

  /** The other processes learn of it within half a minute. */
  release(key: string): void {
    this.#presence.release(key);
  }

  async removeWorkDirectory(directory: string): Promise<void> {
    if (dirname(directory) !== this.#presence.tmp)
      throw new GatewayError('INTERNAL', `"${directory}" is no work directory of this cache`);
    await rm(directory, { recursive: true, force: true });
  }

  /** Aborts downloads, gives up holds and work directories. Idempotent. */
  async close(): Promise<void> {
    this.#stopHeartbeat();
    await this.#flights.abortAll(new GatewayError('SHUTTING_DOWN', 'the artifact cache is closed'));
    await this.#presence.close();
  }

  async #ensure(version: ModelVersion, rules: FetchRules, signal: AbortSignal): Promise<CachedVersion> {
    const key = cacheKey(version);
    this.#presence.hold(key);
    try {
      await this.#presence.publish();
      for (;;) {
        const found = await this.find(version);
        if (found !== null) return found;
        const giveBack = await this.#claims.take(key);
        if (giveBack === null) {
          await delay(CLAIM_POLL_MS, undefined, { signal });
          continue;
        }
        try {
          return (await this.find(version)) ?? (await this.#download(version, rules, signal));
        } finally {
          await giveBack();
        }
      }
    } catch (error) {
      signal.throwIfAborted();
      throw toCacheError(error, this.#layout.root);
    } finally {
      this.#presence.release(key);
    }
  }

  async #download(version: ModelVersion, rules: FetchRules, signal: AbortSignal): Promise<CachedVersion> {
    const location = await rules.locate(signal);
    const origin = { source: pickSource(this.#options.sources, location), location, rules };
    try {
      return await this.#downloadFrom(origin, version, signal);
    } catch (error) {
      // A disk smaller than the limit: what nobody holds has to go, whatever the limit says.
      if (!isDiskFull(error) || (await this.#store.evict(0)).removed === 0) throw error;
      return await this.#downloadFrom(origin, version, signal);
    }
  }

  async #downloadFrom(origin: Origin, version: ModelVersion, signal: AbortSignal): Promise<CachedVersion> {
    const key = cacheKey(version);
    const staging = join(this.#presence.tmp, `download-${randomUUID()}`);
    const directory = filesDirectory(staging);
    try {
      await mkdir(directory, { recursive: true, mode: 0o700 });
      const files = await fetchVersion({ ...origin, directory, ...this.#watched(version) }, signal);
      await writeEntry(staging, {
        key,
        source: printableLocation(version.source),
        digest: digestOf(files),
        sizeBytes: files.reduce((sum, file) => sum + file.sizeBytes, 0),
        files,
        fetchedAt: new Date(this.#now()).toISOString(),
      });
      signal.throwIfAborted();
      const record = await this.#store.install(staging, key);
      await this.#keepWithinLimit();
      return await this.#toCachedVersion(record);
    } finally {
      await rm(staging, { recursive: true, force: true });
    }
  }

  /** What a download tells of itself while it runs. */
  #watched(version: ModelVersion) {
    const { onProgress, pause = wait } = this.#options;
    const report = (progress: DownloadProgress) => onProgress?.(version, progress);
    const what = `version ${version.version} of "${version.name}"`;
    return {
      meter: new DownloadMeter({ now: this.#now, report }),
      onNote: (note: string) => this.#note(`${what}: ${note}`),
      pause,
    };
  }

  async #keepWithinLimit(): Promise<void> {
    const { maxBytes } = this.#options;
    const { excessBytes } = await this.#store.evict(maxBytes);
    if (excessBytes > 0)
      this.#note(
        `versions in use take ${excessBytes} bytes more than SWITCHYARD_CACHE_MAX_BYTES (${maxBytes}) allows; none can be evicted`,
      );
  }

  async #toCachedVersion(record: EntryRecord): Promise<CachedVersion> {
    const directory = this.#store.filesOf(record.key);
    const hasMlModel = record.files.some((file) => file.path === MLMODEL);
    return {
      key: record.key,
      directory,
      digest: record.digest,
      sizeBytes: record.sizeBytes,
      mlmodel: hasMlModel ? parseMlModel(await readFile(join(directory, MLMODEL), 'utf8')) : null,
      createWorkDirectory: () => this.#createWorkDirectory(),
      derived: derivedFilesOf(this.#store, record.key, this.#layout.root, () => this.#keepWithinLimit()),
      discard: () => this.#store.remove(record.key),
    };
  }

  async #createWorkDirectory(): Promise<string> {
    const directory = join(this.#presence.tmp, `work-${randomUUID()}`);
    try {
      await mkdir(directory, { recursive: true, mode: 0o700 });
      return directory;
    } catch (error) {
      throw toCacheError(error, this.#layout.root);
    }
  }

  async #heartbeat(): Promise<void> {
    try {
      await this.#presence.publish();
      this.#heartbeats++;
      if (this.#heartbeats % HEARTBEATS_PER_SWEEP === 0) await this.#sweep();
    } catch (error) {
      this.#note(`the artifact cache could not give a sign of life: ${messageOf(error)}`);
    }
  }

  async #sweep(): Promise<void> {
    await sweep(this.#layout, this.#presence);
    await this.#claims.sweep();
  }

  #note(note: string): void {
    this.#options.onNote?.(note);
  }
}

async function wait(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal });
}
