/** Does `work` once it is its turn. Rejects with the signal's reason if aborted before. */
export type InTurn = <T>(work: () => Promise<T>, signal: AbortSignal) => Promise<T>;

/**
 * Lets at most `most` pieces of work run at once, in the order in which they came: threads beyond the cores would only
 * make one another late.
 */
export function limitTurns(most: number): InTurn {
  const waiting = new Set<() => void>();
  let running = 0;
  const begin = async (signal: AbortSignal): Promise<void> => {
    signal.throwIfAborted();
    if (running < most) {
      running++;
      return;
    }
    const turn = Promise.withResolvers<void>();
    const onAbort = () => {
      waiting.delete(turn.resolve);
      turn.reject(signal.reason);
    };
    waiting.add(turn.resolve);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      await turn.promise;
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  };
  /** The turn goes to the next in line, if there is one. */
  const end = (): void => {
    const [next] = waiting;
    if (next === undefined) running--;
    else {
      waiting.delete(next);
      next();
    }
  };
  return async (work, signal) => {
    await begin(signal);
    try {
      return await work();
    } finally {
      end();
    }
  };
}
