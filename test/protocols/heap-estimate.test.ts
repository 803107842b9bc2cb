import { describe, expect, it } from 'vitest';
import { mayExceedHeap } from '../../src/protocols/heap-estimate.ts';

const MIB = 2 ** 20;

/** The share of its heap that the thread for large bodies lets a parse take, for a body of 1 MiB instead of 64. */
const LIMIT = (0.85 * 2048 * MIB) / 64;

const repeated = (piece: string) => Buffer.from(`[${piece.repeat(MIB / piece.length)}]`);

describe('mayExceedHeap', () => {
  it.each([
    ['rows of four decimals', '[5.1,3.5,1.4,0.2],'],
    ['rows of four digits', '[1,2,3,4],'],
    ['rows of one digit', '[1],'],
    ['rows by name', '{"a":1,"b":2},'],
    ['short texts', '["a","b"],'],
    ['one row of digits', '1,'],
  ])('lets through a body of 64 MiB: %s', (_name, piece) => {
    expect(mayExceedHeap(repeated(piece), LIMIT)).toBe(false);
  });

  it.each([
    ['empty rows', '[],'],
    ['empty objects', '{},'],
    ['lists in lists', '['],
  ])('stops a body of 64 MiB that is nothing but %s', (_name, piece) => {
    expect(mayExceedHeap(repeated(piece), LIMIT)).toBe(true);
  });

  it('does not look at what fits in any case', () => {
    expect(mayExceedHeap(repeated('{'), 66 * (MIB + 2))).toBe(false);
  });
});
