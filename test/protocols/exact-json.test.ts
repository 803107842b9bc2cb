import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeUtf8, parseExactJson } from '../../src/protocols/exact-json.ts';

const invalid = (message: string | RegExp) =>
  expect.objectContaining({ code: 'INVALID_INPUT', message: expect.stringMatching(message) });

describe('parseExactJson', () => {
  it('keeps integers beyond 2^53 and leaves everything else as JSON.parse reads it', () => {
    const text =
      '{"a":[9007199254740991,9007199254740992,9007199254740993,-9223372036854775808,18446744073709551615]}';
    expect(parseExactJson(text)).toEqual({
      a: [9007199254740991, 9007199254740992n, 9007199254740993n, -(2n ** 63n), 2n ** 64n - 1n],
    });
    expect(parseExactJson('[9007199254740993.0, 9007199254740993.5, 9007199254740993e0, 1e400]')).toEqual([
      9007199254740993n,
      9007199254740994,
      9007199254740992,
      Number.POSITIVE_INFINITY,
    ]);
    expect(parseExactJson('["9007199254740993", 0.12345678901234566]')).toEqual([
      '9007199254740993',
      0.12345678901234566,
    ]);
  });

  it('reads every integer exactly, wherever it stands in the text', () => {
    const integers = fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n });
    const values = fc.array(
      fc.oneof(integers, fc.double({ noNaN: true, noDefaultInfinity: true }), fc.string()),
    );
    fc.assert(
      fc.property(values, fc.constantFrom('', ' ', '  \n'), (list, space) => {
        const literals = list.map((value) =>
          typeof value === 'bigint' ? String(value) : JSON.stringify(value),
        );
        const expected = list.map((value) => {
          if (typeof value !== 'bigint') return Object.is(value, -0) ? 0 : value;
          return Number.isSafeInteger(Number(value)) ? Number(value) : value;
        });
        const read = parseExactJson(`{"features":[${literals.join(`${space},${space}`)}]}`) as {
          features: unknown[];
        };
        // Doubles beyond 2^53 are written as integers, and read as those.
        const plain = read.features.map((value, index) =>
          typeof value === 'bigint' && typeof list[index] === 'number' ? Number(value) : value,
        );
        expect(plain).toEqual(expected);
      }),
      { numRuns: 500 },
    );
  });

  it('finds the one long integer at any place among shorter numbers', () => {
    for (const before of ['', '0.12345678901234567,', '123456789012345,', '1.5,', '"1234567890",']) {
      for (let spaces = 0; spaces < 33; spaces++) {
        const space = ' '.repeat(spaces);
        for (const text of [`[${before}${space}9007199254740993]`, `${space}[${before}9007199254740993]`]) {
          expect((parseExactJson(text) as unknown[]).at(-1), text).toBe(9007199254740993n);
        }
      }
    }
  });

  it('keeps "__proto__" an ordinary key', () => {
    for (const number of ['1', '9007199254740993']) {
      const value = parseExactJson(`{"__proto__":{"polluted":${number}}}`) as object;
      expect(Object.keys(value)).toEqual(['__proto__']);
      expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
      expect('polluted' in value).toBe(false);
    }
  });

  it('refuses hostile nesting instead of failing', () => {
    const nested = `${'['.repeat(200_000)}9007199254740993${']'.repeat(200_000)}`;
    expect(() => parseExactJson(nested)).toThrow(invalid('the body is nested too deeply'));
    expect(() => parseExactJson('['.repeat(200_000))).toThrow(invalid('ends too early, at character 200000'));
  });

  it.each([
    ['', 'the body is not JSON: it is empty'],
    ['  ', 'it is empty|ends too early'],
    ['{"features": [1, 2', 'it ends too early, at character 18'],
    ['{"features": [1, 2]', 'it ends too early, at character 19'],
    ['{"features": [1, NaN]}', 'NaN and Infinity are no JSON values \\(at character 17\\); write null'],
    ['[-Infinity]', 'NaN and Infinity are no JSON values \\(at character 1\\)'],
    ["{'features': [1]}", 'unexpected text at character 1, where a name in double quotes or "}" should be'],
    ['{"a": 1,}', 'unexpected text at character 8, where a name in double quotes should be'],
    ['[1,]', 'unexpected text at character 3, where a value should be'],
    ['[1 2]', 'unexpected text at character 3, where "," or "\\]" should be'],
    ['{"a" 1}', 'unexpected text at character 5, where ":" should be'],
    ['{"a": 1]', 'unexpected text at character 7, where "," or "}" should be'],
    ['[01]', 'unexpected text at character 2'],
    ['[1] x', 'unexpected text at character 4, where the end of the body should be'],
    ['["a\\x"]', 'the string that begins at character 1 is malformed or has no end'],
    ['["secret', 'the string that begins at character 1 is malformed or has no end'],
  ])('says where %j is no JSON, without quoting it', (text, message) => {
    expect(() => parseExactJson(text)).toThrow(invalid(message));
    expect(() => parseExactJson(text)).not.toThrow(/secret/);
  });

  it('finds the place in every text that JSON.parse refuses', () => {
    const fragments = fc.constantFrom(
      '[',
      ']',
      '{',
      '}',
      ',',
      ':',
      '"a"',
      '"',
      '1',
      '-',
      '0',
      '.5',
      'e3',
      'true',
      'nul',
      '\\',
      ' ',
      '\n',
      '\u0001',
    );
    fc.assert(
      fc.property(
        fc.array(fragments, { maxLength: 12 }).map((parts) => parts.join('')),
        (text) => {
          let isJson = true;
          try {
            JSON.parse(text);
          } catch {
            isJson = false;
          }
          if (isJson) expect(() => parseExactJson(text)).not.toThrow();
          else expect(() => parseExactJson(text)).toThrow(invalid(/empty|at character \d+/));
        },
      ),
      { numRuns: 5_000 },
    );
  });
});

describe('decodeUtf8', () => {
  it('reads text and drops a byte order mark', () => {
    expect(decodeUtf8(Buffer.from('\ufeff{"ä":"😀"}'))).toBe('{"ä":"😀"}');
    expect(decodeUtf8(new Uint8Array(Buffer.from('xabcx')).subarray(1, 4))).toBe('abc');
  });

  it.each([
    ['a byte that begins nothing', [0xff]],
    ['a cut sequence', [0xe2, 0x82]],
    ['half a surrogate pair', [0xed, 0xa0, 0x80]],
    ['an overlong form', [0xc0, 0x80]],
  ])('refuses %s', (_what, bytes) => {
    expect(() => decodeUtf8(Uint8Array.from(bytes))).toThrow(invalid('the body is not UTF-8 text'));
  });
});
