import { describe, expect, it } from 'vitest';
import { GatewayError, type Problem } from '../../src/errors.ts';
import { decodeRows } from '../../src/model/decode-rows.ts';
import type { Signature } from '../../src/model/signature.ts';
import { column, columnarSignature, matrixSignature } from './sample-signatures.ts';

const at = (row: number) => `/features/${row}`;

function decode(rows: readonly unknown[], signature: Signature) {
  return decodeRows(rows, signature, at);
}

function failure(rows: readonly unknown[], signature: Signature): GatewayError {
  try {
    decode(rows, signature);
  } catch (error) {
    if (error instanceof GatewayError && error.code === 'INVALID_INPUT') return error;
    throw error;
  }
  throw new Error('the rows were accepted');
}

function problems(rows: readonly unknown[], signature: Signature): readonly Problem[] {
  return failure(rows, signature).problems;
}

const iris = matrixSignature('float32', [
  column('sepal_length'),
  column('sepal_width'),
  column('petal_length'),
  column('petal_width'),
]);

describe('decodeRows', () => {
  it('respects both the declared type and the type of the graph', () => {
    const long = matrixSignature('float32', [column('n', 'long')]);
    expect(decode([[16777217]], long).tensors[0]!.data).toEqual(Float32Array.of(16777216));
    expect(decode([[9007199254740993n]], long).tensors[0]!.data).toEqual(Float32Array.of(2 ** 53));
    expect(problems([[0.5]], long)[0]!.detail).toContain('expected an integer (long)');
    const double = matrixSignature('int32', [column('n', 'double')]);
    expect(problems([[0.5]], double)[0]!.detail).toContain('expected an integer (double, fed as int32)');
    expect(problems([[2 ** 31]], double)[0]!.detail).toBe(
      'column "n": the number is outside the range of double, fed as int32 (-2147483648 to 2147483647)',
    );
    const float = matrixSignature('float64', [column('n', 'float')]);
    expect(decode([[0.1]], float).tensors[0]!.data).toEqual(Float64Array.of(0.1));
    expect(problems([[1e39]], float)[0]!.detail).toBe('column "n": the number is outside the range of float');
  });

  it('refuses numbers that would round to infinity, and none below', () => {
    const overflow = 2 ** 128 - 2 ** 103;
    const greatest = overflow - 2 ** 75;
    expect(Math.fround(overflow)).toBe(Number.POSITIVE_INFINITY);
    const float32 = matrixSignature('float32', [column('x')]);
    expect(decode([[greatest]], float32).tensors[0]!.data[0]).toBe(Math.fround(greatest));
    expect(problems([[overflow], [-overflow], [Number.POSITIVE_INFINITY]], float32)).toHaveLength(3);
    const float64 = matrixSignature('float64', [column('x')]);
    expect(decode([[Number.MAX_VALUE]], float64).tensors[0]!.data[0]).toBe(Number.MAX_VALUE);
    expect(problems([[Number.POSITIVE_INFINITY], [10n ** 400n]], float64)).toHaveLength(2);
    const float16 = matrixSignature('float16', [column('x', 'long')]);
    expect(decode([[65519]], float16).tensors[0]!.data).toEqual(Uint16Array.of(0x7bff));
    expect(problems([[65520], [-65520]], float16)).toHaveLength(2);
  });

  it('refuses text that the runtime would alter', () => {
    const signature = columnarSignature([{ ...column('s', 'string'), tensor: 'string' }]);
    expect(decode([['ä😀']], signature).tensors[0]!.data).toEqual(['ä😀']);
    const details = problems([['\ud800'], ['a\0b'], [1], [null]], signature).map(({ detail }) => detail);
    expect(details).toEqual([
      'column "s": the string has half of a surrogate pair, which is no valid text',
      'column "s": the string has a NUL character, which the model\'s runtime cannot take',
      'column "s": expected a string, got an integer',
      'column "s": expected a string, got null',
    ]);
  });

  it('names every problem at once, with pointer, types and what was meant', () => {
    const rows = [
      [1, 2, 3],
      [1, 'x', null, [4]],
      { sepal_length: 1, sepal_width: 2, petal_length: 3, petal_widht: 4 },
      'row',
    ];
    expect(problems(rows, iris)).toEqual([
      {
        pointer: '/features/0',
        detail: 'expected 4 values (sepal_length, sepal_width, petal_length, petal_width), got 3',
      },
      { pointer: '/features/1/1', detail: 'column "sepal_width": expected a number (double), got a string' },
      {
        pointer: '/features/1/2',
        detail:
          'column "petal_length": null is not accepted, because the model gives no answer for missing values',
      },
      { pointer: '/features/1/3', detail: 'column "petal_width": expected a number (double), got a list' },
      { pointer: '/features/2', detail: 'expected a list as in the rows before, got an object' },
      { pointer: '/features/3', detail: 'expected a list of 4 values or an object, got a string' },
    ]);
    expect(problems([rows[2]], iris)).toEqual([
      {
        pointer: '/features/0/petal_widht',
        detail: 'the model has no column "petal_widht"; did you mean "petal_width"?',
      },
      { pointer: '/features/0/petal_width', detail: 'column "petal_width" is missing' },
    ]);
  });

  it('has a message that reads well without the list', () => {
    expect(failure([[1, 2, 3, 'x']], iris).message).toBe(
      'column "petal_width": expected a number (double), got a string (at /features/0/3)',
    );
    expect(failure([[1, 2, 'x', 'x']], iris).message).toBe(
      '2 problems; the first: column "petal_length": expected a number (double), got a string (at /features/0/2)',
    );
  });

  it('lists the first hundred of a million problems and counts the rest', () => {
    const rows = new Array(200_000).fill({ wrong: 'x'.repeat(100) });
    const error = failure(rows, iris);
    expect(error.problems).toHaveLength(101);
    expect(error.problems.at(-1)).toEqual({ pointer: '', detail: 'and 999900 more' });
    expect(error.message).toMatch(/^1000000 problems; the first: /);
  });

  it('claims no memory for rows that are not there', () => {
    const wide = matrixSignature(
      'float32',
      Array.from({ length: 5_000 }, (_, index) => column(`c${index}`)),
    );
    const rows = [new Array(5_000).fill(0), ...new Array(1_000_000).fill([])];
    const before = process.memoryUsage().arrayBuffers;
    expect(failure(rows, wide).problems).toHaveLength(101);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(100e6);
  });

  it('shows names of columns cut and escaped, and no value ever', () => {
    const name = `\u001b[31m${'n'.repeat(100)}`;
    const [problem] = problems([{ [name]: 'secret-value' }], matrixSignature('float32', [column('a/b~c')]));
    expect(problem!.detail).toBe(`the model has no column "\\u001b[31m${'n'.repeat(58)}…"`);
    expect(problems([{ 'a/b~c': 'secret-value' }], matrixSignature('float32', [column('a/b~c')]))).toEqual([
      { pointer: '/features/0/a~1b~0c', detail: 'column "a/b~c": expected a number (double), got a string' },
    ]);
  });

  it('says that columns have no names', () => {
    const signature = matrixSignature('float32', [column(null), column(null)]);
    expect(problems([{ a: 1, b: 2 }], signature)).toEqual([
      {
        pointer: '/features/0',
        detail: "the model's columns have no names, so a row must be a list of 2 values; got an object",
      },
    ]);
    expect(problems([[1, 'x']], signature)[0]!.detail).toBe(
      'value 1: expected a number (double), got a string',
    );
  });

  it('refuses another number of rows than the graph takes', () => {
    const signature = { ...iris, fixedRows: 2 };
    expect(
      decode(
        [
          [1, 2, 3, 4],
          [1, 2, 3, 4],
        ],
        signature,
      ).rows,
    ).toBe(2);
    expect(problems([[1, 2, 3, 4]], signature)).toEqual([
      { pointer: '/features/1', detail: 'the model takes exactly 2 rows, got 1' },
    ]);
  });

  it('refuses a signature whose column cannot feed its input', () => {
    const signature = matrixSignature('float32', [column('s', 'string')]);
    expect(() => decode([['x']], signature)).toThrow(expect.objectContaining({ code: 'INVALID_MODEL' }));
  });
});
