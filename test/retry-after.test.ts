import { describe, expect, it } from 'vitest';
import { parseRetryAfter } from '../src/retry-after.ts';

describe('parseRetryAfter', () => {
  const now = Date.parse('2026-11-25T10:00:00Z');

  it.each([
    ['17', 17],
    [' 0 ', 0],
    ['Wed, 25 Nov 2026 10:00:30 GMT', 30],
    ['Wed, 25 Nov 2026 09:00:00 GMT', 0],
    ['soon', null],
    [null, null],
  ])('reads %j', (header, seconds) => {
    expect(parseRetryAfter(header, now)).toBe(seconds);
  });
});
