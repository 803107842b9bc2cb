import { describe, expect, it } from 'vitest';
import { requestIdOf } from '../../src/http/request-id.ts';

describe('requestIdOf', () => {
  it.each(['a', 'req-1/2=3~', 'x'.repeat(128)])('keeps %j', (id) => {
    expect(requestIdOf(id)).toBe(id);
  });

  it.each([undefined, '', 'x'.repeat(129), 'two words', 'a, b', 'ümlaut', 'tab\t'])('replaces %j', (id) => {
    expect(requestIdOf(id)).toMatch(/^[0-9a-f]{32}$/);
  });

  it('never makes the same one twice', () => {
    const ids = Array.from({ length: 2_000 }, () => requestIdOf(undefined));
    expect(new Set(ids).size).toBe(ids.length);
  });
});
