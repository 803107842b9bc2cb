import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Asks again every `everyMs` until the answer is neither null nor false.
 * @throws if that takes longer than `timeoutMs`; the message says what was waited for
 */
export async function waitUntil<T>(
  what: string,
  timeoutMs: number,
  ask: () => Promise<T | null | false>,
  everyMs = 25,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer !== null && answer !== false) {
      return answer;
    }
    if (performance.now() > deadline) {
      throw new Error(`waited ${timeoutMs} ms in vain until ${what}`);
    }
    await sleep(everyMs);
  }
}
