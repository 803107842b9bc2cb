import { describe, expect, it, vi } from 'vitest';
import { untilAborted } from '../src/until-aborted.ts';

describe('untilAborted', () => {
  it('gives what the work gave, and abandons nothing that comes before an abort', async () => {
    const abort = new AbortController();
    const abandon = vi.fn();
    expect(await untilAborted(Promise.resolve(7), abort.signal, abandon)).toBe(7);
    abort.abort();
    await null;
    expect(abandon).not.toHaveBeenCalled();
  });

  it('rejects with the reason at once, and abandons what comes late', async () => {
    const abort = new AbortController();
    const work = Promise.withResolvers<string>();
    const abandon = vi.fn();
    const outcome = untilAborted(work.promise, abort.signal, abandon);
    const reason = new Error('not wanted any more');
    abort.abort(reason);
    await expect(outcome).rejects.toBe(reason);
    expect(abandon).not.toHaveBeenCalled();
    work.resolve('late');
    await vi.waitFor(() => expect(abandon).toHaveBeenCalledWith('late'));
  });

  it('rejects where the signal was aborted before, though the work fails later', async () => {
    const reason = new Error('not wanted');
    const work = Promise.withResolvers<never>();
    await expect(untilAborted(work.promise, AbortSignal.abort(reason))).rejects.toBe(reason);
    work.reject(new Error('late and nobody’s'));
  });
});
