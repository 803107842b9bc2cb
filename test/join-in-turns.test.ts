import { expect, it } from 'vitest';
import { JOINED_AT_ONCE, joinInTurns } from '../src/join-in-turns.ts';

it('joins pieces of any size in their order, and lets others have their turn between', async () => {
  const sizes = [3, 0, 2 * JOINED_AT_ONCE + 1, 5, JOINED_AT_ONCE];
  const pieces = sizes.map((size, index) => new Uint8Array(size).fill(index + 1));
  const expected = Buffer.concat(pieces);
  let turns = 0;
  const count = () => {
    turns++;
    ticking = setImmediate(count);
  };
  let ticking = setImmediate(count);
  const whole = await joinInTurns(pieces, expected.length);
  clearImmediate(ticking);
  expect(Buffer.compare(whole, expected)).toBe(0);
  expect(turns).toBeGreaterThanOrEqual(3);
});
