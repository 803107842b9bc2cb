import { describe, expect, it } from 'vitest';
import type { GatewayError } from '../../src/errors.ts';
import { readRows } from '../../src/model/decode-rows.ts';
import { ProblemList } from '../../src/model/problem-list.ts';
import { type RowLeniency, STRICT_ROWS } from '../../src/model/row-leniency.ts';
import type { Signature } from '../../src/model/signature.ts';
import { column, columnarSignature, matrixSignature } from './sample-signatures.ts';

const NUMBERS = matrixSignature('float32', [column('width'), column('height', 'double', { takesNaN: true })]);
const TYPED = columnarSignature([
  { ...column('id', 'long'), tensor: 'int64' },
  { ...column('town', 'string'), tensor: 'string' },
  { ...column('open', 'boolean'), tensor: 'bool' },
]);

function read(rows: readonly unknown[], signature: Signature, leniency: Partial<RowLeniency>) {
  const problems = new ProblemList();
  const { tensors } = readRows({
    rows,
    signature,
    at: (row) => `/rows/${row}`,
    problems,
    leniency: { ...STRICT_ROWS, ...leniency },
  });
  problems.throwIfAny();
  return tensors.map(({ data }) => Array.from(data as ArrayLike<unknown>));
}

function problemsOf(rows: readonly unknown[], signature: Signature, leniency: Partial<RowLeniency>) {
  try {
    read(rows, signature, leniency);
    return [];
  } catch (error) {
    return (error as GatewayError).problems.map(({ pointer, detail }) => `${pointer}: ${detail}`);
  }
}

describe('rows that are read with leniency', () => {
  it('pass over columns that the model does not have', () => {
    const rows = [{ colour: 'red', height: 2, width: 1, '': null }];
    expect(read(rows, NUMBERS, { ignoresExtra: true })).toEqual([[1, 2]]);
    expect(problemsOf(rows, NUMBERS, {})).toHaveLength(2);
  });

  it('have null where other rows have the column, if it takes null', () => {
    const rows = [{ width: 1, height: 2 }, { width: 3 }];
    expect(read(rows, NUMBERS, { absentIsNull: true })).toEqual([[1, 2, 3, Number.NaN]]);
    expect(problemsOf([{ height: 1 }, { width: 1, height: 2 }], NUMBERS, { absentIsNull: true })).toEqual([
      '/rows/0/width: column "width" is missing',
    ]);
  });

  it('lack a column that no row has, and are told which one was meant for it', () => {
    const rows = [{ width: 1, hieght: 2 }, { width: 3 }];
    expect(problemsOf(rows, NUMBERS, { absentIsNull: true, ignoresExtra: true })).toEqual([
      '/rows/0/height: column "height" is missing; did you mean it by "hieght"?',
    ]);
    expect(problemsOf([{ widt: 1, height: 1 }], NUMBERS, { ignoresExtra: true })).toEqual([
      '/rows/0/width: column "width" is missing; did you mean it by "widt"?',
    ]);
  });

  it('read text as numbers in numeric columns alone', () => {
    const readsNumbers = { readsNumbers: true };
    expect(read([['5.1', ' 2e1 ']], NUMBERS, readsNumbers)).toEqual([[Math.fround(5.1), 20]]);
    expect(read([['9007199254740993', '7', true]], TYPED, readsNumbers)).toEqual([
      [9007199254740993n],
      ['7'],
      [1],
    ]);
    expect(
      problemsOf(
        [
          ['1.5', '7', 'true'],
          ['x', 7, 1],
        ],
        TYPED,
        readsNumbers,
      ),
    ).toEqual([
      '/rows/0/0: column "id": expected an integer (long), got a decimal number',
      '/rows/0/2: column "open": expected true or false (boolean), got a string',
      '/rows/1/0: column "id": expected an integer (long), got a string',
      '/rows/1/1: column "town": expected a string, got an integer',
      '/rows/1/2: column "open": expected true or false (boolean), got an integer',
    ]);
    expect(problemsOf([['1e400', 1]], NUMBERS, readsNumbers)).toHaveLength(1);
  });

  it('take a list of one value for that value', () => {
    expect(read([[[7], ['Łódź'], [true]]], TYPED, { opensLists: true })).toEqual([[7n], ['Łódź'], [1]]);
    expect(problemsOf([[[7, 8], [], [[true]]]], TYPED, { opensLists: true })).toHaveLength(3);
  });

  it('are placed where the caller says', () => {
    const problems = new ProblemList();
    const place = (row: number, steps: readonly (string | number)[]) => `/${steps.join('.')}@${row}`;
    readRows({
      rows: [
        [1, 2],
        [3, 'x'],
      ],
      signature: NUMBERS,
      at: String,
      problems,
      place,
    });
    expect(() => problems.throwIfAny()).toThrow('(at /1@1)');
  });
});
