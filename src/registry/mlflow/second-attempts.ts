import { setTimeout as sleep } from 'node:timers/promises';

/**
 * What `attempt` comes to. While nothing has come for `patienceMs`, a second attempt is made beside the first, and given
 * up for a new one as often as that time passes again: a connection whose other end is gone without a word would else
 * be waited for to the end of its time-out, though the server, or another in its place, has long been back.
 *
 * The first outcome of either counts; what is left is aborted. So at most two are out at a time.
 */
export async function withSecondAttempts<Result>(
  attempt: (signal: AbortSignal) => Promise<Result>,
  patienceMs: number,
  signal: AbortSignal,
): Promise<Result> {
  const over = new AbortController();
  const either = AbortSignal.any([signal, over.signal]);
  try {
    return await Promise.race([attempt(either), secondAttempts(attempt, patienceMs, either)]);
  } finally {
    over.abort();
  }
}

/** Never settles once `signal` is aborted: the first attempt tells why. */
async function secondAttempts<Result>(
  attempt: (signal: AbortSignal) => Promise<Result>,
  patienceMs: number,
  signal: AbortSignal,
): Promise<Result> {
  await sleep(patienceMs, undefined, { signal }).catch(() => {});
  while (!signal.aborted) {
    const patience = AbortSignal.timeout(patienceMs);
    try {
      return await attempt(AbortSignal.any([signal, patience]));
    } catch (error) {
      if (!patience.aborted && !signal.aborted) throw error;
    }
  }
  return await new Promise(() => {});
}
