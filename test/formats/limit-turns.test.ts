import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { limitTurns } from '../../src/formats/limit-turns.ts';

const { signal } = new AbortController();

function heldWork() {
  const held = Promise.withResolvers<string>();
  let hasBegun = false;
  const work = () => {
    hasBegun = true;
    return held.promise;
  };
  return { work, finish: held.resolve, fail: held.reject, hasBegun: () => hasBegun };
}

describe('limitTurns', () => {
  it('begins in order, at most so many at once', async () => {
    const inTurn = limitTurns(2);
    const works = [heldWork(), heldWork(), heldWork(), heldWork()];
    const results = works.map(({ work }) => inTurn(work, signal));
    await turn();
    expect(works.map(({ hasBegun }) => hasBegun())).toEqual([true, true, false, false]);
    works[1]?.finish('second');
    expect(await results[1]).toBe('second');
    await turn();
    expect(works.map(({ hasBegun }) => hasBegun())).toEqual([true, true, true, false]);
    works[0]?.fail(new Error('first'));
    await expect(results[0]).rejects.toThrow('first');
    await turn();
    expect(works[3]?.hasBegun()).toBe(true);
    for (const { finish } of works.slice(2)) finish('done');
    expect(await Promise.all(results.slice(2))).toEqual(['done', 'done']);
    expect(await inTurn(async () => 'free again', signal)).toBe('free again');
  });

  it('passes over who was aborted while waiting, and begins nothing for who is aborted already', async () => {
    const inTurn = limitTurns(1);
    const [first, second, third] = [heldWork(), heldWork(), heldWork()];
    const running = inTurn(first.work, signal);
    const aborting = new AbortController();
    const given = inTurn(second.work, aborting.signal);
    const last = inTurn(third.work, signal);
    aborting.abort(new Error('not wanted any more'));
    await expect(given).rejects.toThrow('not wanted any more');
    await expect(inTurn(second.work, aborting.signal)).rejects.toThrow('not wanted any more');
    first.finish('');
    await running;
    await turn();
    expect([second.hasBegun(), third.hasBegun()]).toEqual([false, true]);
    third.finish('third');
    expect(await last).toBe('third');
  });
});
