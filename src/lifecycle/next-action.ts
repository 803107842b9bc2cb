import type { ErrorCode } from '../errors.ts';
import { isSameVersion, type ModelVersion } from '../model/model-version.ts';

/** Why the wanted version does not serve. */
export interface LoadFailure {
  readonly version: ModelVersion;
  readonly code: ErrorCode;
  readonly message: string;
  readonly at: Date;
  /** When to try again, in ms since the epoch; `null`: not before the pointer or the source changes. */
  readonly retryAt: number | null;
  /** Who refused it has asked not to be bothered before this moment, in ms since the epoch; 0: has not. */
  readonly notBefore: number;
}

/** Everything that the decision about one slot depends on. */
export interface SlotView {
  /** What the pointer names; `null` while that is not known, or when the pointer is gone. */
  readonly desired: ModelVersion | null;
  /** What an operator holds instead of it. */
  readonly held: ModelVersion | null;
  /** True: the pointer is gone for certain, and the setting says to unload then. */
  readonly isWithdrawn: boolean;
  readonly current: ModelVersion | null;
  readonly previous: { readonly version: ModelVersion; readonly isWarm: boolean } | null;
  readonly loading: ModelVersion | null;
  readonly failures: readonly LoadFailure[];
  /** The version that served last in an earlier life of the process. */
  readonly lastGood: ModelVersion | null;
}

export type Action =
  /** Nothing to do until the view changes. */
  | { readonly kind: 'none' }
  /** Fetch, check and load this version, then swap. */
  | { readonly kind: 'load'; readonly version: ModelVersion }
  /** The wanted version is the warm previous one: swap at once. */
  | { readonly kind: 'restore-previous' }
  /** What is being loaded is not wanted any more. */
  | { readonly kind: 'abandon-load' }
  /** Decide again at this moment (ms since the epoch). */
  | { readonly kind: 'retry-at'; readonly at: number }
  /** Take everything out of service. */
  | { readonly kind: 'unload' };

/** Set by a data scientist on a version: its signature may break requests that were valid before. */
export const ALLOW_BREAKING_TAG = 'switchyard.allow_breaking';

/** Whether a failure of `failed` says anything about `wanted`: same files, and the same permission to break. */
function isSameAttempt(failed: ModelVersion, wanted: ModelVersion): boolean {
  return isSameVersion(failed, wanted) && failed.tags[ALLOW_BREAKING_TAG] === wanted.tags[ALLOW_BREAKING_TAG];
}

/**
 * From the state of a slot to the one next step. Pure; every policy about versions lives here.
 *
 * In words: what an operator holds goes before what the pointer names; a version that serves is never given up for one
 * that does not; a process that starts with nothing first brings back what served last, then looks further.
 */
export function nextAction(view: SlotView, now: number): Action {
  const wanted = view.held ?? (view.isWithdrawn ? null : view.desired);
  if (view.isWithdrawn && view.held === null && view.current !== null) return { kind: 'unload' };

  const fallback = view.current === null && !view.isWithdrawn ? view.lastGood : null;
  if (view.loading !== null) {
    const isWanted = isSameVersion(view.loading, wanted) || isSameVersion(view.loading, fallback);
    return isWanted ? { kind: 'none' } : { kind: 'abandon-load' };
  }
  if (wanted !== null && isSameVersion(view.current, wanted)) return { kind: 'none' };

  const retries: number[] = [];
  const isOpen = (version: ModelVersion): boolean => {
    const failure = view.failures.find((candidate) => isSameAttempt(candidate.version, version));
    if (failure === undefined) return true;
    if (failure.retryAt === null) return false;
    if (failure.retryAt <= now) return true;
    retries.push(failure.retryAt);
    return false;
  };

  if (fallback !== null && isOpen(fallback)) return { kind: 'load', version: fallback };
  if (wanted !== null) {
    if (view.previous?.isWarm && isSameVersion(view.previous.version, wanted))
      return { kind: 'restore-previous' };
    if (isOpen(wanted)) return { kind: 'load', version: wanted };
  }
  return retries.length === 0 ? { kind: 'none' } : { kind: 'retry-at', at: Math.min(...retries) };
}
