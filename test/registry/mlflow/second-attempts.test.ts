import { describe, expect, it } from 'vitest';
import { withSecondAttempts } from '../../../src/registry/mlflow/second-attempts.ts';
import { Attempts } from './attempts.ts';

const PATIENCE_MS = 20;
const noAbort = new AbortController().signal;

describe('withSecondAttempts', () => {
  it('makes one attempt where the answer comes in time', async () => {
    const attempts = new Attempts();
    const result = withSecondAttempts(attempts.make, 10_000, noAbort);
    attempts.finish(1, 'first');
    expect(await result).toBe('first');
    expect(attempts.signals).toHaveLength(1);
  });

  it('takes the answer of a second attempt, and gives the first up', async () => {
    const attempts = new Attempts();
    const result = withSecondAttempts(attempts.make, PATIENCE_MS, noAbort);
    await attempts.begun(2);
    attempts.finish(2, 'second');
    expect(await result).toBe('second');
    expect(attempts.signals[0]!.aborted).toBe(true);
  });

  it('makes the second attempt anew when nothing comes of it either, never more than two at a time', async () => {
    const attempts = new Attempts();
    const result = withSecondAttempts(attempts.make, PATIENCE_MS, noAbort);
    await attempts.begun(4);
    expect(attempts.signals.map(({ aborted }) => aborted)).toEqual([false, true, true, false]);
    attempts.finish(4, 'fourth');
    expect(await result).toBe('fourth');
  });

  it('takes the answer of a slow server, and gives the second attempt up', async () => {
    const attempts = new Attempts();
    const result = withSecondAttempts(attempts.make, PATIENCE_MS, noAbort);
    await attempts.begun(2);
    attempts.finish(1, 'first');
    expect(await result).toBe('first');
    expect(attempts.signals.every(({ aborted }) => aborted)).toBe(true);
  });

  it.each([1, 2])('fails as attempt %d does', async (number) => {
    const attempts = new Attempts();
    const result = withSecondAttempts(attempts.make, PATIENCE_MS, noAbort);
    const failed = expect(result).rejects.toThrow('refused');
    await attempts.begun(2);
    attempts.fail(number, new Error('refused'));
    await failed;
    expect(attempts.signals.length).toBeLessThanOrEqual(3);
  });

  it('ends with the signal of the caller', async () => {
    const attempts = new Attempts();
    const stopping = new AbortController();
    const result = withSecondAttempts(attempts.make, PATIENCE_MS, stopping.signal);
    const failed = expect(result).rejects.toThrow('stopping');
    await attempts.begun(2);
    stopping.abort(new Error('stopping'));
    await failed;
    expect(attempts.signals.every(({ aborted }) => aborted)).toBe(true);
  });
});
