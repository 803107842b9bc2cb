/** Resolves with `work`, or after `ms` without it. */
export async function withPatience(work: Promise<unknown>, ms: number): Promise<void> {
  const { promise: expired, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  try {
    await Promise.race([work, expired]);
  } finally {
    clearTimeout(timer);
  }
}
