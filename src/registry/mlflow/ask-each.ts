import { GatewayError } from '../../errors.ts';
import { mapLimited } from './map-limited.ts';

/** How many requests are out at once. */
const MAX_PARALLEL = 4;
/** After so many failures the server is taken for broken, not the things that were asked for. */
const MOST_FAILURES = 3;

/**
 * Asks for each item, a few at a time, and returns what fails for want of the server (REGISTRY_UNAVAILABLE) in its place.
 * Once the server has asked to be left alone, or has failed three times, the rest is not asked and fails likewise: a
 * server in trouble is not made to say so a thousand times in one poll.
 *
 * @throws what else `ask` throws; `signal`'s reason.
 */
export async function askEach<T, R>(
  items: readonly T[],
  ask: (item: T) => Promise<R>,
  signal: AbortSignal,
): Promise<readonly (R | GatewayError)[]> {
  let failures = 0;
  let refusal: GatewayError | null = null;
  return await mapLimited(items, MAX_PARALLEL, async (item) => {
    if (refusal !== null) return refusal;
    try {
      return await ask(item);
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof GatewayError) || error.code !== 'REGISTRY_UNAVAILABLE') throw error;
      failures += 1;
      if (error.retryAfterSeconds !== null || failures >= MOST_FAILURES) refusal = error;
      return error;
    }
  });
}
