import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readNumberText } from '../../src/model/number-text.ts';

describe('readNumberText', () => {
  it.each([
    ['5.1', 5.1],
    [' -3 ', -3],
    ['+7', 7],
    ['.5', 0.5],
    ['2.', 2],
    ['1e3', 1000],
    ['5 ', 5],
    ['-0', -0],
    ['9007199254740993.5', 9007199254740994],
    ['12e400', Number.POSITIVE_INFINITY],
    ['1e400', Number.POSITIVE_INFINITY],
    ['9007199254740993', 9007199254740993n],
    ['-9223372036854775809', -9223372036854775809n],
    ['+18446744073709551616', 18446744073709551616n],
  ])('reads %j', (text, number) => {
    expect(readNumberText(text)).toBe(number);
  });

  it.each([
    '',
    ' ',
    '.',
    'nan',
    'inf',
    'Infinity',
    '1_000',
    '0x10',
    '0b1',
    '0o7',
    '-0x1',
    '1n',
    '--1',
    '-',
    '5-',
    '1,5',
    '5 1',
    '1e',
    'true',
    '٣',
  ])('takes %j for no number', (text) => {
    expect(readNumberText(text)).toBeNull();
  });

  it('reads back every double and every integer', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.bigInt(), (double, integer) => {
        expect(Number(readNumberText(String(double)))).toBe(double + 0);
        expect(BigInt(readNumberText(String(integer))!)).toBe(integer);
      }),
    );
  });
});
