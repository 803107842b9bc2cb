import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseScoringJson } from '../../../src/protocols/mlflow/parse-scoring-json.ts';

describe('parseScoringJson', () => {
  it.each([
    ['[NaN, -Infinity, Infinity, 1]', [null, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, 1]],
    ['{"NaN": NaN, "a\\"NaN": "Infinity"}', { NaN: null, 'a"NaN': 'Infinity' }],
    ['[9007199254740993, NaN]', [9007199254740993n, null]],
    ['"NaN"', 'NaN'],
    ['["\\\\", NaN]', ['\\', null]],
  ])('reads %s', (text, value) => {
    expect(parseScoringJson(text)).toEqual(value);
  });

  it.each(['[NaNNaN]', '[NaN', '["NaN', '["NaN\\', 'Nan', '[-NaN]'])('refuses %s as no JSON', (text) => {
    expect(() => parseScoringJson(text)).toThrow('the body is not JSON');
  });

  it('leaves texts of any length and with any escapes alone', () => {
    const text = '\\n"'.repeat(1_000_000);
    expect(parseScoringJson(JSON.stringify([text]).replace(']', ',NaN]'))).toEqual([text, null]);
  });

  it('reads what Python writes for any value', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string(), fc.double(), fc.constant(Number.NaN))), (values) => {
        const python = values.map((value) =>
          typeof value === 'string' ? JSON.stringify(value) : String(value),
        );
        const read = parseScoringJson(`[${python.join(', ')}]`) as readonly unknown[];
        // Integers beyond 2^53 come as bigints.
        expect(read.map((value) => (typeof value === 'bigint' ? Number(value) : value)).map(String)).toEqual(
          values.map((value) => (Number.isNaN(value) ? 'null' : String(value))),
        );
      }),
    );
  });
});
