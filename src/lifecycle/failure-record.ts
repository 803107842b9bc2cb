import type { GatewayError } from '../errors.ts';
import { isSameVersion, type ModelVersion } from '../model/model-version.ts';
import type { LoadFailure } from './next-action.ts';
import type { PointerProblem } from './pointer-tracker.ts';
import { retryDelayMs } from './retry-delay.ts';

/** Why the wanted version does not serve, whether that lies with the pointer or with the version. */
export interface SlotError extends PointerProblem {
  /** In ms since the epoch; `null`: not before the pointer or the source changes. */
  readonly retryAt: number | null;
}

/** The longest wait that a store of artifacts can ask for. */
const MAX_RETRY_AFTER_MS = 300_000;

interface Entry {
  readonly failure: LoadFailure;
  /** How often in a row. */
  readonly count: number;
}

/** The versions of one slot that could not be loaded, and when each is tried again. */
export class FailureRecord {
  readonly #pollIntervalMs: number;
  readonly #random: () => number;
  #entries: readonly Entry[] = [];

  constructor(pollIntervalMs: number, random: () => number) {
    this.#pollIntervalMs = pollIntervalMs;
    this.#random = random;
  }

  get all(): readonly LoadFailure[] {
    return this.#entries.map((entry) => entry.failure);
  }

  find(version: ModelVersion): LoadFailure | null {
    return this.all.find((failure) => isSameVersion(failure.version, version)) ?? null;
  }

  /** The failure of the version that is wanted, else what is wrong with its pointer. */
  explain(wanted: ModelVersion | null, problem: PointerProblem | null): SlotError | null {
    const failure = wanted === null ? null : this.find(wanted);
    return failure ?? (problem && { ...problem, retryAt: null });
  }

  /** @param now in ms since the epoch. */
  add(version: ModelVersion, error: GatewayError, now: number): LoadFailure {
    const known = this.#entries.find((entry) => isSameVersion(entry.failure.version, version));
    const count = (known?.count ?? 0) + 1;
    const delayMs = retryDelayMs(error.code, count, this.#pollIntervalMs, this.#random());
    const retryAfterMs = Math.min((error.retryAfterSeconds ?? 0) * 1_000, MAX_RETRY_AFTER_MS);
    const failure: LoadFailure = {
      version,
      code: error.code,
      message: error.message,
      at: new Date(now),
      retryAt: delayMs === null ? null : now + Math.max(delayMs, retryAfterMs),
      notBefore: retryAfterMs === 0 ? 0 : now + retryAfterMs,
    };
    this.#entries = [...this.#entries.filter((entry) => entry !== known), { failure, count }];
    return failure;
  }

  /** It may be tried again from now on; how often it has failed stays known. @param now in ms since the epoch. */
  hasten(version: ModelVersion, now: number): void {
    this.#entries = this.#entries.map((entry) =>
      isSameVersion(entry.failure.version, version)
        ? { ...entry, failure: { ...entry.failure, retryAt: now } }
        : entry,
    );
  }

  forget(version: ModelVersion): void {
    this.#entries = this.#entries.filter((entry) => !isSameVersion(entry.failure.version, version));
  }

  /** The pointer moved: what failed before is judged anew when it is wanted again. */
  keepOnly(version: ModelVersion): void {
    this.#entries = this.#entries.filter((entry) => isSameVersion(entry.failure.version, version));
  }

  clear(): void {
    this.#entries = [];
  }
}
