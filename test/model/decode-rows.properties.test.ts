import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeRows } from '../../src/model/decode-rows.ts';
import type { Signature } from '../../src/model/signature.ts';
import type { Tensor } from '../../src/model/tensor.ts';
import { column, columnarSignature, matrixSignature } from './sample-signatures.ts';

function decode(rows: readonly unknown[], signature: Signature): readonly Tensor[] {
  return decodeRows(rows, signature, (row) => `/features/${row}`).tensors;
}

const passengers = columnarSignature([
  { ...column('pclass', 'long'), tensor: 'int64' },
  { ...column('sex', 'string'), tensor: 'string' },
  { ...column('age', 'double', { takesNaN: true }), tensor: 'float32' },
  { ...column('alone', 'boolean'), tensor: 'bool' },
]);

const passenger = fc.record({
  pclass: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  sex: fc.string({ unit: 'binary' }).filter((text) => !text.includes('\0')),
  age: fc.option(fc.float({ noNaN: true, noDefaultInfinity: true })),
  alone: fc.boolean(),
});

describe('decodeRows', () => {
  it('gives the same tensors for rows by position and by name with the keys in any order', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(passenger, fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4 })), { minLength: 1 }),
        (cases) => {
          const byPosition = cases.map(([row]) => Object.values(row));
          const byName = cases.map(([row, order]) =>
            Object.fromEntries(order.map((index) => Object.entries(row)[index]!)),
          );
          const tensors = decode(byPosition, passengers);
          expect(decode(byName, passengers)).toEqual(tensors);
          expect(tensors[0]!.data).toEqual(BigInt64Array.from(cases.map(([{ pclass }]) => pclass)));
          expect(tensors[1]!.data).toEqual(cases.map(([{ sex }]) => sex));
          expect(tensors[2]!.data).toEqual(Float32Array.from(cases.map(([{ age }]) => age ?? Number.NaN)));
          expect(tensors[3]!.data).toEqual(Uint8Array.from(cases.map(([{ alone }]) => Number(alone))));
        },
      ),
    );
  });

  it('gives the same matrix by the fast path and value by value', () => {
    const columns = [column('a'), column('b', 'float'), column('c', 'double')];
    for (const type of ['float32', 'float64'] as const) {
      fc.assert(
        fc.property(fc.array(fc.tuple(float32s(), float32s(), float32s()), { minLength: 1 }), (rows) => {
          const byName = rows.map(([a, b, c]) => ({ a, b, c }));
          const signature = matrixSignature(type, columns);
          expect(decode(rows, signature)).toEqual(decode(byName, signature));
        }),
      );
    }
  });

  it('rounds doubles to float32 as Math.fround does', () => {
    const signature = columnarSignature([
      { ...column('x', 'double', { takesNaN: true }), tensor: 'float32' },
    ]);
    fc.assert(
      fc.property(float32s(), (value) => {
        expect(decode([[value], [null]], signature)[0]!.data[0]).toBe(Math.fround(value));
      }),
    );
  });

  it('rounds doubles to float16 once, half to even', () => {
    const signature = matrixSignature('float16', [column('x')]);
    const halves = fc.integer({ min: 0, max: 0x7bfe });
    const nearMidpoints = fc
      .tuple(halves, fc.constantFrom(-1n, 0n, 1n), fc.constantFrom(1, -1))
      .map(([bits, ulps, sign]) => {
        return sign * nudge((halfValue(bits) + halfValue(bits + 1)) / 2, ulps);
      });
    const others = fc.double({ min: -65519.99, max: 65519.99, noNaN: true });
    fc.assert(
      fc.property(fc.oneof(nearMidpoints, others), (value) => {
        expect(decode([[value]], signature)[0]!.data[0]).toBe(nearestHalf(value));
      }),
      { numRuns: 2_000 },
    );
  });
});

/** Doubles that do not overflow as float32, of every size. */
function float32s(): fc.Arbitrary<number> {
  return fc.double({ noNaN: true, min: -3.4e38, max: 3.4e38 });
}

function nudge(value: number, ulps: bigint): number {
  const bits = new BigInt64Array(Float64Array.of(value).buffer);
  bits[0]! += ulps;
  return new Float64Array(bits.buffer)[0]!;
}

function halfValue(bits: number): number {
  const exponent = bits >> 10;
  const mantissa = bits & 1023;
  return exponent === 0 ? mantissa * 2 ** -24 : (1 + mantissa / 1024) * 2 ** (exponent - 15);
}

/** The reference: a search through all halves, compared without rounding (midpoints of halves are exact doubles). */
function nearestHalf(value: number): number {
  const size = Math.abs(value);
  let low = 0;
  let high = 0x7bff;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (halfValue(middle) <= size) low = middle;
    else high = middle - 1;
  }
  const midpoint = (halfValue(low) + (low === 0x7bff ? 2 ** 16 : halfValue(low + 1))) / 2;
  const isUp = size > midpoint || (size === midpoint && low % 2 === 1);
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  return sign | (isUp ? low + 1 : low);
}
