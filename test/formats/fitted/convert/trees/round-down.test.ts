import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { roundDown, roundUp } from '../../../../../src/formats/fitted/convert/trees/round-down.ts';

const single = fc.float({ noNaN: true });
/** Doubles, and doubles right beside a float. */
const double = fc.oneof(
  fc.double({ noNaN: true }),
  fc.tuple(single, fc.integer({ min: -2, max: 2 })).map(([near, steps]) => near * (1 + steps * 2 ** -52)),
);

function neighbours(value: number): number[] {
  const near = Math.fround(value);
  const bits = new Int32Array(new Float32Array([near]).buffer)[0] as number;
  return [-1, 0, 1].map((step) => new Float32Array(Int32Array.of(bits + step).buffer)[0] as number);
}

describe('roundDown and roundUp', () => {
  it('make float32 values pass the same tests as the double threshold', () => {
    fc.assert(
      fc.property(double, single, (threshold, far) => {
        for (const x of [far, ...neighbours(threshold)].filter((candidate) => !Number.isNaN(candidate))) {
          expect(x <= roundDown(threshold)).toBe(x <= threshold);
          expect(x < roundUp(threshold)).toBe(x < threshold);
        }
      }),
      { numRuns: 5_000 },
    );
  });

  it.each([
    [0.1, Math.fround(0.1) - 2 ** -27, Math.fround(0.1)],
    [0.5, 0.5, 0.5],
    [1e-50, 0, 2 ** -149],
    [-1e-50, -(2 ** -149), 0],
    [1e300, 3.4028234663852886e38, Number.POSITIVE_INFINITY],
    [-1e300, Number.NEGATIVE_INFINITY, -3.4028234663852886e38],
    [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
  ])('%d lies between %d and %d', (value, down, up) => {
    expect(roundDown(value)).toBe(down);
    expect(roundUp(value) + 0).toBe(up);
  });
});
