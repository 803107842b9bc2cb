import fc from 'fast-check';
import type { InputColumn, Signature } from '../../src/model/signature.ts';
import { NUMBERS, TABLE } from '../protocols/off-loop/predict-signatures.ts';

const column = (
  name: string,
  type: InputColumn['type'],
  offset: number,
  more: Partial<InputColumn> = {},
) => ({
  name,
  type,
  input: 0,
  offset,
  cellShape: [],
  required: true,
  takesNaN: false,
  ...more,
});

/** One input of three small numbers, one of which may be left out. */
const NARROW: Signature = {
  ...NUMBERS,
  inputs: [{ name: 'X', type: 'float32', shape: [-1, 3] }],
  columns: [
    column('small', 'int8', 0),
    column('is open', 'boolean', 1),
    column('later', 'double', 2, { required: false, takesNaN: true }),
  ],
};

const UNNAMED: Signature = {
  ...NUMBERS,
  columns: NUMBERS.columns.map((given) => ({ ...given, name: null })),
};

const ANY_WIDTH: Signature = {
  ...NUMBERS,
  inputs: [{ name: 'X', type: 'float32', shape: [-1, -1] }],
  columns: [],
  variableWidth: true,
};

export const IMAGE: Signature = {
  ...NUMBERS,
  inputs: [{ name: 'X', type: 'float32', shape: [-1, 2, 2] }],
  columns: [column('image', 'double', 0, { cellShape: [2, 2] })],
};

const TWO_AT_A_TIME: Signature = { ...NUMBERS, fixedRows: 2 };

/** Models of every kind of columns. */
export const SIGNATURES = { NUMBERS, TABLE, NARROW, UNNAMED, ANY_WIDTH, IMAGE, TWO_AT_A_TIME };

/** A value that fits some columns. */
export const leaf = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    false,
    0,
    1,
    -1,
    1.5,
    127,
    128,
    -129,
    3e38,
    4e38,
    1e300,
    '',
    'town',
    '5',
    '-3.5',
    'a\0b',
  ),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);

/** Values that fit columns of a type. */
export const GOOD: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  string: fc.string(),
  boolean: fc.boolean(),
  long: fc.maxSafeInteger(),
  double: fc.constantFrom(0, 1.5, -2, true),
};

/** Values near what a model of these columns takes: right and wrong ones alike. */
export function featuresOf({ columns, variableWidth }: Signature): fc.Arbitrary<unknown> {
  const width = variableWidth ? 3 : columns.length;
  const cell = fc.oneof(
    { weight: 8, arbitrary: leaf },
    { weight: 1, arbitrary: fc.array(fc.array(leaf, { maxLength: 2 }), { maxLength: 3 }) },
    { weight: 1, arbitrary: fc.tuple(leaf) },
  );
  const image = fc.array(fc.array(leaf, { minLength: 2, maxLength: 2 }), { minLength: 2, maxLength: 2 });
  const list = fc.array(cell, { minLength: Math.max(0, width - 1), maxLength: width + 1 });
  const exact = fc.array(cell, { minLength: width, maxLength: width });
  const names = columns.map(({ name }) => name ?? 'x');
  const object = fc.dictionary(fc.constantFrom(...names, 'other'), cell);
  const good = columns.map(({ type }) =>
    fc.oneof({ weight: 9, arbitrary: GOOD[type] ?? fc.constant(1) }, cell),
  );
  const goodRow = fc.tuple(...good);
  const goodObject = goodRow.map((values) =>
    Object.fromEntries(values.map((value, at) => [names[at], value])),
  );
  const row = fc.oneof(goodRow, goodObject, exact, list, object, image);
  return fc.oneof(row, fc.array(row, { maxLength: 3 }), leaf);
}

/**
 * Lists whose forms decoding tells apart by their first element (one row or many), which no schema does; and rows of any
 * width, which must agree with the first.
 */
export function isOutsideSchemas(features: unknown, signature: Signature): boolean {
  if (!Array.isArray(features)) return false;
  if (signature.variableWidth) return features.some(Array.isArray);
  return signature === IMAGE;
}
