import type { ErrorCode } from '../errors.ts';
import { isSameVersion, type ModelVersion } from '../model/model-version.ts';
import type { LifecycleEvents } from './lifecycle-events.ts';
import type { LoadFailure } from './next-action.ts';
import type { SlotController } from './slot-controller.ts';

/** Nobody could be reached: that it can be again is all that is needed. */
const UNREACHED: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'ARTIFACT_UNAVAILABLE',
  'REGISTRY_UNAVAILABLE',
]);
/** Failures that other answers of the store, or other files in it, can mend. */
const MENDABLE: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  ...UNREACHED,
  'ARTIFACT_FORBIDDEN',
  'ARTIFACT_INVALID',
  'INVALID_MODEL',
  'REGISTRY_FORBIDDEN',
]);
/** Each is a handful of small requests. */
const MAX_LOOKS_A_POLL = 4;
const LOOK_PATIENCE_MS = 10_000;
/** Files that can be had and stay the same are looked at after a sixtieth of the time that they have failed. */
const REST_SHARE = 1 / 60;
const MAX_REST_MS = 60_000;

type WatchedSlot = Pick<SlotController, 'route' | 'failure' | 'hasten'>;

export interface StoreWatchParts {
  /** What the store says of a version's files now, as a text to compare; throws if they cannot be had. */
  readonly look: (version: ModelVersion, signal: AbortSignal) => Promise<string>;
  readonly slots: () => readonly WatchedSlot[];
  readonly events: Pick<LifecycleEvents, 'storeChanged'>;
  readonly pollIntervalMs: number;
  /** In ms since the epoch. */
  readonly now: () => number;
}

interface Sight {
  readonly version: ModelVersion;
  readonly since: number;
  /** What the last look saw: `null`, that the files cannot be had; undefined before the first look. */
  readonly seen: string | null | undefined;
  readonly nextLookAt: number;
}

/**
 * Notices within a poll that what kept a version from being fetched is over, however long its next retry is away, by a
 * small look at the store in place of a download. A look that sees what the last one saw changes nothing.
 */
export class StoreWatch {
  readonly #parts: StoreWatchParts;
  readonly #sights = new Map<string, Sight>();
  readonly #stopping = new AbortController();
  #isRegistryLost = false;
  #isLooking = false;

  constructor(parts: StoreWatchParts) {
    this.#parts = parts;
  }

  /** The registry, and with it maybe the store, could not be reached. */
  registryFailed(): void {
    this.#isRegistryLost = true;
  }

  /** A poll was answered. Returns at once; looks may go on. */
  registryAnswered(): void {
    if (this.#isRegistryLost) this.#hastenUnreached();
    this.#isRegistryLost = false;
    if (this.#isLooking || this.#stopping.signal.aborted) return;
    this.#isLooking = true;
    // Never rejects: a look that fails is what it sees.
    void this.#lookAround().finally(() => {
      this.#isLooking = false;
    });
  }

  /** Idempotent. */
  stop(): void {
    this.#stopping.abort();
  }

  async #lookAround(): Promise<void> {
    const failing = this.#parts.slots().flatMap((slot) => {
      const { failure } = slot;
      return failure !== null && MENDABLE.has(failure.code) ? [{ slot, failure }] : [];
    });
    this.#forgetAllBut(new Set(failing.map(({ slot }) => slot.route)));
    const due = failing
      .map(({ slot, failure }) => ({ slot, failure, sight: this.#sightOf(slot.route, failure) }))
      .filter(({ failure, sight }) => this.#isDue(failure, sight))
      .sort((left, right) => left.sight.nextLookAt - right.sight.nextLookAt);
    await Promise.all(due.slice(0, MAX_LOOKS_A_POLL).map(({ slot, sight }) => this.#lookAt(slot, sight)));
  }

  async #lookAt(slot: WatchedSlot, sight: Sight): Promise<void> {
    const { look, now } = this.#parts;
    const patience = AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(LOOK_PATIENCE_MS)]);
    const seen = await look(sight.version, patience).catch(() => null);
    if (this.#stopping.signal.aborted) return;
    const isSteady = seen !== null && seen === sight.seen;
    const restMs = isSteady ? Math.min(MAX_REST_MS, (now() - sight.since) * REST_SHARE) : 0;
    this.#sights.set(slot.route, { ...sight, seen, nextLookAt: now() + restMs });
    const { failure } = slot;
    if (seen === null || isSteady || failure === null || !isSameVersion(failure.version, sight.version))
      return;
    this.#hasten(slot, failure);
    // The store is back: the others need not be looked at one after the other.
    if (sight.seen === null) this.#hastenUnreached(slot);
  }

  /** @param told has been told already. */
  #hastenUnreached(told: WatchedSlot | null = null): void {
    for (const slot of this.#parts.slots()) {
      const { failure } = slot;
      if (slot !== told && failure !== null && UNREACHED.has(failure.code)) this.#hasten(slot, failure);
    }
  }

  #hasten(slot: WatchedSlot, { version, notBefore }: LoadFailure): void {
    const { events, now } = this.#parts;
    if (notBefore > now()) return;
    events.storeChanged(slot.route, version);
    slot.hasten();
  }

  /** A retry that is due within a poll makes a look superfluous; who asks us to wait is not looked at. */
  #isDue({ retryAt, notBefore }: LoadFailure, { nextLookAt }: Sight): boolean {
    const { now, pollIntervalMs } = this.#parts;
    if (nextLookAt > now() || notBefore > now()) return false;
    return retryAt === null || retryAt - now() > pollIntervalMs;
  }

  #sightOf(route: string, { version, at }: LoadFailure): Sight {
    const known = this.#sights.get(route);
    if (known !== undefined && isSameVersion(known.version, version)) return known;
    return { version, since: at.getTime(), seen: undefined, nextLookAt: 0 };
  }

  #forgetAllBut(routes: ReadonlySet<string>): void {
    for (const route of this.#sights.keys()) if (!routes.has(route)) this.#sights.delete(route);
  }
}
