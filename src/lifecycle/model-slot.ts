import { isSameVersion, type ModelVersion } from '../model/model-version.ts';
import type { Lease, Servable } from './servable.ts';

/** The version that served before, with its servable while that is kept warm. */
export interface PreviousVersion {
  readonly version: ModelVersion;
  readonly servable: Servable | null;
}

/**
 * Where a model's servables stand: current, previous, draining.
 *
 * Invariant: once there was a current servable there is one until `clear`; `replace` is one synchronous assignment, so
 * no request can find the slot empty during a swap.
 */
export class ModelSlot {
  readonly #onDrained: (servable: Servable, error: unknown) => void;
  readonly #draining = new Set<Servable>();
  #current: Servable | null = null;
  #previous: PreviousVersion | null = null;
  #generation = 0;

  /** @param onDrained called when a servable that left the slot is closed; `error` is null if that went well. */
  constructor(onDrained: (servable: Servable, error: unknown) => void) {
    this.#onDrained = onDrained;
  }

  get current(): Servable | null {
    return this.#current;
  }

  get previous(): PreviousVersion | null {
    return this.#previous;
  }

  /** Servables that answer their last requests. */
  get draining(): readonly Servable[] {
    return [...this.#draining];
  }

  /** Raised by each swap. */
  get generation(): number {
    return this.#generation;
  }

  /** A lease on the current servable; null if there is none. */
  lease(): Lease | null {
    return this.#current?.lease() ?? null;
  }

  /** A lease on one version, while it is current or kept warm as the previous one; else null. */
  leaseVersion(version: string): Lease | null {
    const loaded = [this.#current, this.#previous?.servable ?? null];
    return loaded.find((servable) => servable?.version.version === version)?.lease() ?? null;
  }

  /** Makes `next` current; what was current becomes previous and stays warm, what was previous drains. */
  replace(next: Servable): void {
    const displaced = this.#previous?.servable ?? null;
    const outgoing = this.#current;
    this.#current = next;
    this.#generation++;
    if (outgoing === null) {
      if (isSameVersion(this.#previous?.version ?? null, next.version)) this.#previous = null;
      return;
    }
    // The same version loaded again is no way back: it replaces itself.
    if (isSameVersion(outgoing.version, next.version)) {
      this.#drain(outgoing);
      return;
    }
    this.#previous = { version: outgoing.version, servable: outgoing };
    if (displaced !== null) this.#drain(displaced);
  }

  /** Makes the warm previous servable current again. An ordinary swap, only that nothing has to be loaded. */
  restorePrevious(): Servable {
    const restored = this.#previous?.servable;
    if (restored === undefined || restored === null)
      throw new Error('no warm previous version; this is a bug');
    const outgoing = this.#current;
    this.#previous = outgoing === null ? null : { version: outgoing.version, servable: outgoing };
    this.#current = restored;
    this.#generation++;
    return restored;
  }

  /** Remembers from an earlier life of the process which version served before. */
  rememberPrevious(version: ModelVersion): void {
    this.#previous ??= { version, servable: null };
  }

  /** Gives up the warm copy of the previous version; its record stays, so that a rollback can load it again. */
  coolPrevious(): Promise<void> {
    const servable = this.#previous?.servable ?? null;
    if (this.#previous === null || servable === null) return Promise.resolve();
    this.#previous = { version: this.#previous.version, servable: null };
    return this.#drain(servable);
  }

  /** Takes everything out of service. Resolves when all of it is closed. */
  async clear(): Promise<void> {
    const leaving = [this.#current, this.#previous?.servable ?? null].filter((servable) => servable !== null);
    this.#current = null;
    this.#previous = null;
    for (const servable of leaving) void this.#drain(servable); // waited for below, with those that drain already
    await Promise.allSettled([...this.#draining].map((servable) => servable.retire()));
  }

  #drain(servable: Servable): Promise<void> {
    this.#draining.add(servable);
    return servable.retire().then(
      () => this.#leave(servable, null),
      (error: unknown) => this.#leave(servable, error),
    );
  }

  #leave(servable: Servable, error: unknown): void {
    this.#draining.delete(servable);
    this.#onDrained(servable, error);
  }
}
