import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../src/errors.ts';
import { compareSignatures } from '../../src/model/compare-signatures.ts';
import { decodeRows } from '../../src/model/decode-rows.ts';
import type { ColumnType, InputColumn, Signature } from '../../src/model/signature.ts';
import type { TensorType } from '../../src/model/tensor.ts';
import { column, columnarSignature, type SampleColumn } from './sample-signatures.ts';

const COLUMN_TYPES: readonly ColumnType[] = [
  'boolean',
  'integer',
  'long',
  'float',
  'double',
  'string',
  'int8',
  'int16',
  'uint8',
  'uint16',
  'uint32',
  'uint64',
  'float16',
];
const TENSOR_TYPES: readonly TensorType[] = [
  'float32',
  'float64',
  'float16',
  'int8',
  'int16',
  'int32',
  'int64',
  'uint8',
  'uint16',
  'uint32',
  'uint64',
  'bool',
  'string',
];

// Both sides of every bound that a column type or a tensor type has.
const INTEGERS = [7n, 8n, 15n, 16n, 31n, 32n, 63n, 64n].flatMap((bits) => [2n ** bits - 1n, 2n ** bits]);
const VALUES: readonly unknown[] = [
  0,
  1,
  -1,
  1.5,
  65519,
  65520,
  -65519,
  -65520,
  1e39,
  -1e39,
  Number.MAX_VALUE,
  true,
  false,
  null,
  'x',
  '',
  ...INTEGERS,
  ...INTEGERS.map((value) => -value),
  ...INTEGERS.map((value) => -value - 1n),
];

function accepts(signature: Signature, row: unknown): boolean {
  try {
    decodeRows([row], signature, () => '');
    return true;
  } catch (error) {
    if (error instanceof GatewayError && error.code === 'INVALID_INPUT') return false;
    throw error;
  }
}

type TypedColumn = SampleColumn & { readonly tensor: TensorType };

const FEEDABLE = COLUMN_TYPES.flatMap((type) => TENSOR_TYPES.map((tensor) => ({ type, tensor }))).filter(
  ({ type, tensor }) => (type === 'string') === (tensor === 'string'),
);

describe('compareSignatures', () => {
  it('allows a change of a column type exactly if every value that was accepted still is', () => {
    const columns = FEEDABLE.flatMap(({ type, tensor }) =>
      [false, true].map((takesNaN) => {
        const signature = columnarSignature([{ ...column('x', type, { takesNaN }), tensor }]);
        return { signature, accepted: VALUES.map((value) => accepts(signature, [value])) };
      }),
    );
    for (const current of columns) {
      for (const next of columns) {
        const isCovered = current.accepted.every((isAccepted, index) => !isAccepted || next.accepted[index]);
        const sentences = compareSignatures(current.signature, next.signature);
        if ((sentences.length === 0) !== isCovered) {
          const types = [current, next].map(({ signature }) => [
            signature.columns[0]!.type,
            signature.inputs[0]!.type,
          ]);
          expect.fail(`${JSON.stringify(types)}: covered ${isCovered}, but ${JSON.stringify(sentences)}`);
        }
      }
    }
  });

  it('never calls a signature compatible that refuses a row of the current one', () => {
    let compatible = 0;
    fc.assert(
      fc.property(signaturePairs, fc.infiniteStream(fc.nat()), ({ current, next }, picks) => {
        if (compareSignatures(current, next).length > 0) return;
        compatible++;
        for (const row of validRows(current, picks)) {
          if (accepts(current, row)) expect(accepts(next, row), JSON.stringify(row, bigintText)).toBe(true);
        }
      }),
      { numRuns: 3_000 },
    );
    expect(compatible).toBeGreaterThan(100);
  });
});

function bigintText(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? `${value}n` : value;
}

const typedColumns: fc.Arbitrary<TypedColumn> = fc
  .record({
    types: fc.constantFrom(...FEEDABLE),
    takesNaN: fc.boolean(),
    required: fc.boolean(),
    cellShape: fc.constantFrom<readonly number[]>([], [], [], [2], [2, 2], [-1]),
  })
  .map(({ types, ...rest }) => ({ name: null, ...types, ...rest }));

/** A signature and one that differs from it in at most two small ways. */
const signaturePairs: fc.Arbitrary<{ current: Signature; next: Signature }> = fc
  .record({
    columns: fc.array(typedColumns, { minLength: 1, maxLength: 3 }),
    isNamed: fc.boolean(),
    nextIsNamed: fc.option(fc.boolean(), { nil: undefined, freq: 2 }),
    changes: fc.array(fc.tuple(fc.nat(3), fc.nat(5), typedColumns), { maxLength: 2 }),
  })
  .map(({ columns, isNamed, nextIsNamed, changes }) => {
    const named = columns.map((typed, index) => ({ ...typed, name: `c${index}` }));
    const changed = changes.reduce<readonly TypedColumn[]>(change, named);
    return { current: nameIf(isNamed, named), next: nameIf(nextIsNamed ?? isNamed, changed) };
  });

function nameIf(isNamed: boolean, columns: readonly TypedColumn[]): Signature {
  return columnarSignature(isNamed ? columns : columns.map((typed) => ({ ...typed, name: null })));
}

function change(
  columns: readonly TypedColumn[],
  [position, kind, other]: [number, number, TypedColumn],
): readonly TypedColumn[] {
  const index = position % columns.length;
  const replaceWith = (more: Partial<TypedColumn>) => columns.with(index, { ...columns[index]!, ...more });
  switch (kind) {
    case 0:
      return replaceWith({ type: other.type!, tensor: other.tensor });
    case 1:
      return replaceWith({ takesNaN: other.takesNaN! });
    case 2:
      return replaceWith({ required: other.required! });
    case 3:
      return replaceWith({ cellShape: other.cellShape! });
    case 4:
      return columns.toReversed();
    default:
      return columns.length > 1 ? columns.toSpliced(index, 1) : [...columns, { ...other, name: 'new' }];
  }
}

/** Rows by position and, where there are names, by name: most of them valid for the signature. */
function validRows(signature: Signature, picks: Iterable<number>): readonly unknown[] {
  const pick = picks[Symbol.iterator]();
  const valid = signature.columns.map((own, index) => {
    const plain = columnarSignature([
      { ...own, name: 'x', input: 0, cellShape: [], tensor: signature.inputs[index]!.type },
    ]);
    return VALUES.filter((value) => accepts(plain, [value]));
  });
  const value = (index: number): unknown => {
    const shape: InputColumn['cellShape'] = signature.columns[index]!.cellShape;
    const leaf = () => valid[index]![pick.next().value % valid[index]!.length];
    const nest = (depth: number): unknown =>
      depth === shape.length
        ? leaf()
        : Array.from({ length: Math.max(shape[depth]!, 2) }, () => nest(depth + 1));
    return nest(0);
  };
  return Array.from({ length: 10 }, () => {
    const values = signature.columns.map((_, index) => value(index));
    if (signature.columns[0]!.name === null || pick.next().value % 2 === 0) return values;
    const entries = signature.columns.map(({ name }, index) => [name!, values[index]] as const);
    const isLeftOut = (index: number) => !signature.columns[index]!.required && pick.next().value % 2 === 0;
    return Object.fromEntries(entries.filter((_, index) => !isLeftOut(index)));
  });
}
