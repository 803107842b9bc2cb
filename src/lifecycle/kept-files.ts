import type { ArtifactCache } from '../artifacts/artifact-cache.ts';
import { cacheKey } from '../artifacts/cache-key.ts';
import type { ModelVersion } from '../model/model-version.ts';

/** The versions of one slot whose files the cache must not evict, whether they are loaded now or not. */
export class KeptFiles {
  readonly #cache: Pick<ArtifactCache, 'hold' | 'release'>;
  #keys: ReadonlySet<string> = new Set();

  constructor(cache: Pick<ArtifactCache, 'hold' | 'release'>) {
    this.#cache = cache;
  }

  keepOnly(versions: readonly ModelVersion[]): void {
    const before = this.#keys;
    this.#keys = new Set(versions.map(cacheKey));
    for (const key of this.#keys.difference(before)) this.#cache.hold(key);
    for (const key of before.difference(this.#keys)) this.#cache.release(key);
  }
}
