import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { RoutePatience } from '../../../src/registry/mlflow/route-patience.ts';
import { Attempts } from './attempts.ts';

const LEAST_MS = 20;
const noAbort = new AbortController().signal;

function setUp(mostMs = 60_000) {
  let time = 0;
  const patience = new RoutePatience(LEAST_MS, mostMs, () => time);
  const begin = (route: string) => {
    const attempts = new Attempts();
    return { attempts, result: patience.attempt(route, attempts.make, noAbort) };
  };
  /** A call whose first attempt answers after so long by the clock, and after a second one was begun if that is said. */
  const answer = async (route: string, tookMs: number, asksTwice: boolean) => {
    const { attempts, result } = begin(route);
    if (asksTwice) await attempts.begun(2);
    time += tookMs;
    attempts.finish(1, 'first');
    await result;
  };
  /** Whether a call is still waited for, without a second attempt, when the least patience is long over. */
  const isWaitedFor = async (route: string) => {
    const { attempts, result } = begin(route);
    await sleep(5 * LEAST_MS);
    const count = attempts.signals.length;
    attempts.finish(1, 'first');
    await result;
    return count === 1;
  };
  return { begin, answer, isWaitedFor };
}

describe('RoutePatience', () => {
  it('waits for a slow route as long as that needs, and for others no longer than before', async () => {
    const { answer, isWaitedFor } = setUp();
    await answer('search', 5_000, true);
    expect(await isWaitedFor('search')).toBe(true);
    await answer('get', 10, true);
  });

  it('makes further attempts after a time that was measured in fractions', async () => {
    const { answer, begin } = setUp();
    await answer('search', 12.34, false);
    const { attempts, result } = begin('search');
    await attempts.begun(4);
    attempts.finish(4, 'fourth');
    expect(await result).toBe('fourth');
  });

  it('is as impatient as before once the route is fast again', async () => {
    const { answer } = setUp();
    await answer('search', 5_000, true);
    await answer('search', 1, false);
    await answer('search', 1, true);
  });

  it('learns nothing from a connection that is dead', async () => {
    const { begin } = setUp();
    for (let call = 0; call < 2; call++) {
      const { attempts, result } = begin('get');
      await attempts.begun(2);
      attempts.finish(2, 'second');
      expect(await result).toBe('second');
    }
  });

  it('asks only once, and patiently, where neither attempt comes to anything', async () => {
    const { begin, answer, isWaitedFor } = setUp(2 * LEAST_MS);
    const { attempts, result } = begin('search');
    await attempts.begun(2);
    attempts.fail(1, new Error('no answer'));
    await expect(result).rejects.toThrow('no answer');
    expect(await isWaitedFor('search')).toBe(true);
    await answer('search', 1, true);
  });
});
