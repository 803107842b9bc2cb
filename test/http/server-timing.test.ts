import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { millisText, serverTiming } from '../../src/http/server-timing.ts';

describe('serverTiming', () => {
  it('names each part with its milliseconds', () => {
    const timings = { parseMs: 0.0104, queueMs: 0, inferMs: 1234.5, encodeMs: 0.9996 };
    expect(serverTiming(timings)).toBe(
      'parse;dur=0.010, queue;dur=0.000, infer;dur=1234.500, encode;dur=1.000',
    );
  });
});

describe('millisText', () => {
  it('is within half a microsecond of the time, with three decimals', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e9, noNaN: true }), (ms) => {
        const text = millisText(ms);
        expect(text).toMatch(/^\d+\.\d{3}$/);
        expect(Math.abs(Number(text) - ms)).toBeLessThanOrEqual(0.000_5 + 1e-6 * ms);
      }),
    );
  });

  it('is never below zero', () => {
    expect(millisText(-0.001)).toBe('0.000');
  });
});
