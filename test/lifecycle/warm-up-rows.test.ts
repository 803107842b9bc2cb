import { describe, expect, it } from 'vitest';
import { nanCandidates, nanProbe, plainRow, repeatRow, zeroRow } from '../../src/lifecycle/warm-up-rows.ts';
import { MISSING_TEXT } from '../../src/model/missing-text.ts';
import type { InputColumn, Signature } from '../../src/model/signature.ts';
import { signatureOf } from './signatures.ts';

const column = (changes: Partial<InputColumn>): InputColumn => ({
  name: 'a',
  type: 'double',
  input: 0,
  offset: 0,
  cellShape: [],
  required: true,
  takesNaN: false,
  ...changes,
});

/** A float64 pair, a text, and a pair of half floats, in three inputs. */
const MIXED: Signature = {
  ...signatureOf(),
  inputs: [
    { name: 'pair', type: 'float64', shape: [-1, 2] },
    { name: 'text', type: 'string', shape: [-1, 1] },
    { name: 'halves', type: 'float16', shape: [-1, 2] },
  ],
  columns: [
    column({ name: 'left' }),
    column({ name: 'right', offset: 1, takesNaN: true }),
    column({ name: 'text', input: 1, type: 'string' }),
    column({ name: 'halves', input: 2, cellShape: [2], takesNaN: true }),
  ],
};

describe('zeroRow', () => {
  it('makes one row of zeros and empty texts', () => {
    expect(zeroRow(MIXED)).toEqual([
      { type: 'float64', dims: [1, 2], data: Float64Array.of(0, 0) },
      { type: 'string', dims: [1, 1], data: [''] },
      { type: 'float16', dims: [1, 2], data: Uint16Array.of(0, 0) },
    ]);
  });

  it('makes as many rows as the graph insists on', () => {
    const rows = zeroRow({ ...signatureOf('a'), fixedRows: 3 });
    expect(rows).toEqual([{ type: 'float32', dims: [3, 1], data: new Float32Array(3) }]);
  });

  it('makes none where a width is not known', () => {
    expect(
      zeroRow({ ...signatureOf('a'), inputs: [{ name: 'x', type: 'float32', shape: [-1, -1] }] }),
    ).toBeNull();
  });
});

describe('plainRow', () => {
  it('is a row as a request has it', () => {
    const types = ['double', 'string', 'boolean', 'long'] as const;
    const columns = types.map((type) => column({ type }));
    expect(plainRow({ ...MIXED, columns })).toEqual([0, '', false, 0]);
  });

  it('does not exist where the width is not known or cells are lists', () => {
    expect(plainRow({ ...signatureOf('a'), variableWidth: true })).toBeNull();
    expect(plainRow(MIXED)).toBeNull();
  });
});

describe('repeatRow', () => {
  it('gives copies of a row, in buffers of their own', () => {
    const row = zeroRow(MIXED)!;
    (row[0]!.data as Float64Array).set([1, 2]);
    const repeated = repeatRow(row, 2);
    expect(repeated.map(({ dims }) => dims)).toEqual([
      [2, 2],
      [2, 1],
      [2, 2],
    ]);
    expect(repeated[0]!.data).toEqual(Float64Array.of(1, 2, 1, 2));
    expect(repeated[1]!.data).toEqual(['', '']);
  });
});

describe('rows of known values', () => {
  const columns = [
    column({ name: 'right', offset: 1, knownValues: [7, 8] }),
    column({ name: 'text', type: 'string', input: 1, knownValues: ['x'] }),
    column({ name: 'flag', type: 'boolean', knownValues: [1] }),
  ];

  it('have the first of them, and zeros elsewhere', () => {
    const [pair, text] = zeroRow({ ...MIXED, columns: columns.slice(0, 2), fixedRows: 2 })!;
    expect(pair!.data).toEqual(Float64Array.of(0, 7, 0, 7));
    expect(text!.data).toEqual(['x', 'x']);
    expect(plainRow({ ...MIXED, columns })).toEqual([7, 'x', true]);
  });
});

describe('nanProbe', () => {
  it('has NaN in one of the columns that may take it in each row, and nowhere else', () => {
    const [pair, text, halves] = nanProbe(MIXED, zeroRow(MIXED)!)!;
    expect(pair!.data).toEqual(Float64Array.of(0, Number.NaN, 0, 0));
    expect(text!.data).toEqual(['', '']);
    expect(halves!.data).toEqual(Uint16Array.of(0, 0, 0x7e00, 0x7e00));
  });

  it('has the missing text in a column of texts', () => {
    const columns = [column({ type: 'string', input: 1, takesNaN: true })];
    expect(nanProbe({ ...MIXED, columns }, zeroRow(MIXED)!)![1]!.data).toEqual([MISSING_TEXT]);
  });

  it('does not exist where no column may take NaN', () => {
    const signature = { ...MIXED, columns: MIXED.columns.slice(2, 3) };
    expect(nanProbe(signature, zeroRow(MIXED)!)).toBeNull();
  });

  it('leaves lists of any length alone', () => {
    const columns = [column({ cellShape: [-1], takesNaN: true })];
    const signature = { ...signatureOf('a'), columns };
    expect(nanCandidates(signature)).toEqual([]);
    expect(nanProbe(signature, zeroRow(signatureOf('a'))!)).toBeNull();
  });
});
