import { describe, expect, it } from 'vitest';
import { contentRangeStart, validatorOf } from '../../src/artifacts/http-range.ts';

const DATE = 'Wed, 25 Nov 2026 10:01:00 GMT';

describe('validatorOf', () => {
  it.each([
    ['a strong tag', { etag: '"x"' }, '"x"'],
    ['no weak tag', { etag: 'W/"x"', 'last-modified': 'Wed, 25 Nov 2026 09:00:00 GMT', date: DATE }, null],
    [
      'an old date',
      { 'last-modified': 'Wed, 25 Nov 2026 10:00:00 GMT', date: DATE },
      'Wed, 25 Nov 2026 10:00:00 GMT',
    ],
    ['no young date', { 'last-modified': 'Wed, 25 Nov 2026 10:00:01 GMT', date: DATE }, null],
    ['no date that is none', { 'last-modified': 'yesterday', date: DATE }, null],
    ['nothing where there is nothing', {}, null],
    ['nothing of a server without ranges', { etag: '"x"', 'accept-ranges': 'none' }, null],
  ])('takes %s', (_what, headers, validator) => {
    expect(validatorOf(headers)).toBe(validator);
  });
});

describe('contentRangeStart', () => {
  it.each([
    ['bytes 500-999/1000', 500],
    ['bytes 0-0/*', 0],
    ['bytes */1000', null],
    ['items 1-2/3', null],
    [undefined, null],
  ])('reads %j', (header, start) => {
    expect(contentRangeStart(header === undefined ? {} : { 'content-range': header })).toBe(start);
  });
});
