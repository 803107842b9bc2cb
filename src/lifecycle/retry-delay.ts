import type { ErrorCode } from '../errors.ts';

const MAX_DELAY_MS = 60_000;

/** Failures that lie in the version itself: nothing but other files or another pointer can mend them. */
const FINAL: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'ARTIFACT_INVALID',
  'UNSUPPORTED_MODEL',
  'INVALID_MODEL',
  'LOAD_CRASHED',
  'LOAD_TIMEOUT',
  'SIGNATURE_INCOMPATIBLE',
]);

/**
 * After how long a failed load is tried again: 1, 2, 4 … polls, at most a minute, ±10 %; `null`: not before the pointer
 * or the source changes.
 *
 * @param failures how often it has failed in a row, from 1.
 * @param jitter in [0, 1).
 */
export function retryDelayMs(
  code: ErrorCode,
  failures: number,
  pollIntervalMs: number,
  jitter: number,
): number | null {
  if (FINAL.has(code)) return null;
  const delay = Math.min(MAX_DELAY_MS, pollIntervalMs * 2 ** Math.min(failures - 1, 20));
  return Math.min(MAX_DELAY_MS, withJitter(delay, jitter));
}

/** `ms` ±10 %, so that a fleet does not ask in step. @param jitter in [0, 1). */
export function withJitter(ms: number, jitter: number): number {
  return ms * (0.9 + 0.2 * jitter);
}
