/**
 * What `work` gives, or the signal's reason as soon as it aborts. The work goes on then, and its failure is nobody's.
 *
 * @param abandon called with what the work gave, if it is done after the abort.
 */
export async function untilAborted<T>(
  work: Promise<T>,
  signal: AbortSignal,
  abandon: (result: T) => void = () => {},
): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const onAbort = () => {
    work.then(abandon, () => undefined);
    aborted.reject(signal.reason);
  };
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
