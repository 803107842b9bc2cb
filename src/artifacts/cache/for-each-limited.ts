/** Runs `task` on all items, at most `limit` at a time. The first failure aborts the others; it is thrown when all have ended. */
export async function forEachLimited<Item>(
  items: readonly Item[],
  limit: number,
  signal: AbortSignal,
  task: (item: Item, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const failure = new AbortController();
  const either = AbortSignal.any([signal, failure.signal]);
  const queue = items.values();
  const errors: unknown[] = [];
  const work = async () => {
    for (const item of queue) {
      if (either.aborted) return;
      try {
        await task(item, either);
      } catch (error) {
        errors.push(error);
        failure.abort(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, work));
  signal.throwIfAborted();
  if (errors.length > 0) throw errors[0];
}
