import { describe, expect, it } from 'vitest';
import { GatewayError, type Problem } from '../../src/errors.ts';
import { decodeRows } from '../../src/model/decode-rows.ts';
import { MISSING_TEXT } from '../../src/model/missing-text.ts';
import type { Signature } from '../../src/model/signature.ts';
import type { TensorType } from '../../src/model/tensor.ts';
import { column, columnarSignature, matrixSignature, variableSignature } from './sample-signatures.ts';

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
  it('puts rows by position side by side and rounds to the type of the graph', () => {
    const { tensors, rows } = decode(
      [
        [5.1, 3.5, 1.4, 0.2],
        [6, 3, 4, 1],
      ],
      iris,
    );
    expect(rows).toBe(2);
    expect(tensors).toEqual([
      { type: 'float32', dims: [2, 4], data: Float32Array.of(5.1, 3.5, 1.4, 0.2, 6, 3, 4, 1) },
    ]);
  });

  it('puts rows by name where the columns belong, whatever the order of the keys', () => {
    const rows = [
      { petal_width: 4, sepal_length: 1, petal_length: 3, sepal_width: 2 },
      { sepal_length: 5, sepal_width: 6, petal_length: 7, petal_width: 8 },
    ];
    expect(decode(rows, iris).tensors[0]!.data).toEqual(Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8));
  });

  it('feeds each input in graph order from columns in signature order', () => {
    const base = columnarSignature([
      { ...column('age', 'long'), tensor: 'int64', input: 1 },
      { ...column('sex', 'string'), tensor: 'string', input: 0 },
    ]);
    const signature = { ...base, inputs: [base.inputs[1]!, base.inputs[0]!] };
    expect(decode([[30, 'f'], { sex: 'm', age: 41 }].slice(0, 1), signature).tensors).toEqual([
      { type: 'string', dims: [1, 1], data: ['f'] },
      { type: 'int64', dims: [1, 1], data: BigInt64Array.of(30n) },
    ]);
  });

  it('takes booleans as 0 and 1 in numeric columns', () => {
    const signature = columnarSignature([
      { ...column('a', 'double'), tensor: 'float64' },
      { ...column('b', 'long'), tensor: 'int64' },
      { ...column('c', 'integer'), tensor: 'int32' },
    ]);
    const data = decode([[true, false, true]], signature).tensors.map((tensor) => tensor.data[0]);
    expect(data).toEqual([1, 0n, 1]);
  });

  it('takes only booleans in boolean columns, whatever the graph holds them in', () => {
    for (const tensor of ['bool', 'float32', 'int64'] as const) {
      const signature = columnarSignature([{ ...column('a', 'boolean'), tensor }]);
      expect(Number(decode([[true]], signature).tensors[0]!.data[0])).toBe(1);
      expect(problems([[1]], signature)[0]!.detail).toBe(
        'column "a": expected true or false (boolean), got an integer',
      );
    }
  });

  it('takes null as NaN only where the column is floating and the model takes NaN', () => {
    const signature = columnarSignature([
      { ...column('a', 'double', { takesNaN: true }), tensor: 'float32' },
      { ...column('b', 'double'), tensor: 'float32' },
      { ...column('c', 'long', { takesNaN: true }), tensor: 'float32' },
    ]);
    expect(decode([[null, 1, 2]], signature).tensors[0]!.data[0]).toBeNaN();
    expect(problems([[null, null, null]], signature)).toEqual([
      {
        pointer: '/features/0/1',
        detail: 'column "b": null is not accepted, because the model gives no answer for missing values',
      },
      { pointer: '/features/0/2', detail: 'column "c": expected an integer (long), got null' },
    ]);
  });

  it('takes null as a missing text where the model takes one, and no request spells that text', () => {
    const signature = columnarSignature([
      { ...column('a', 'string', { takesNaN: true, required: false }), tensor: 'string' },
      { ...column('b', 'string'), tensor: 'string' },
    ]);
    const { tensors } = decode([{ a: null, b: 'x' }, { b: MISSING_TEXT }, { a: '', b: '' }], signature);
    expect(tensors.map(({ data }) => data)).toEqual([
      [MISSING_TEXT, MISSING_TEXT, ''],
      ['x', MISSING_TEXT, ''],
    ]);
    expect(problems([[MISSING_TEXT, null]], signature)).toEqual([
      {
        pointer: '/features/0/0',
        detail:
          'column "a": the string is the code point U+10FFFF, which is no character; a missing value is null',
      },
      { pointer: '/features/0/1', detail: 'column "b": expected a string, got null' },
    ]);
  });

  it('finds the known values of a column of single precision in an input of double precision', () => {
    const knownValues = [0.1, 0.2].map(Math.fround);
    const signature = columnarSignature([{ ...column('size', 'float', { knownValues }), tensor: 'float64' }]);
    expect(decode([[0.1], [knownValues[1]]], signature).tensors[0]!.data).toEqual(
      Float64Array.of(0.1, Math.fround(0.2)),
    );
    expect(problems([[0.3]], signature)).toHaveLength(1);
  });

  it('takes only the values that the model knows, where it does not know others', () => {
    const signature = columnarSignature([
      { ...column('town', 'string', { takesNaN: true, knownValues: ['Aachen', 'Bonn'] }), tensor: 'string' },
      { ...column('size', 'float', { takesNaN: true, knownValues: [0, 0.1] }), tensor: 'float32' },
      { ...column('old', 'boolean', { knownValues: [1] }), tensor: 'float64' },
    ]);
    const { tensors } = decode(
      [
        ['Bonn', 0.1, true],
        [null, null, true],
        ['Aachen', -0, true],
      ],
      signature,
    );
    expect(tensors.map(({ data }) => [...data])).toEqual([
      ['Bonn', MISSING_TEXT, 'Aachen'],
      [Math.fround(0.1), Number.NaN, -0],
      [1, 1, 1],
    ]);
    expect(problems([['bonn', 0.2, false]], signature)).toEqual([
      {
        pointer: '/features/0/0',
        detail:
          'column "town": the model gives an answer only for values that it was trained on: "Aachen", "Bonn"',
      },
      {
        pointer: '/features/0/1',
        detail: expect.stringContaining('only for values that it was trained on: 0, 0.1'),
      },
      {
        pointer: '/features/0/2',
        detail: expect.stringContaining('column "old": the model gives an answer only for'),
      },
    ]);
  });

  it('checks known values also of rows that are nothing but numbers, and shows the first ten', () => {
    const knownValues = Array.from({ length: 12 }, (_, at) => at);
    const signature = matrixSignature('float64', [column('a', 'double', { knownValues }), column('b')]);
    expect(decode([[11, 0.5]], signature).tensors[0]!.data).toEqual(Float64Array.of(11, 0.5));
    expect(problems([[0.5, 0.5]], signature)).toEqual([
      {
        pointer: '/features/0/0',
        detail:
          'column "a": the model gives an answer only for values that it was trained on: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 2 more',
      },
    ]);
  });

  it('reads an optional column that is left out as NaN, and names it where nothing may stand for it', () => {
    const signature = columnarSignature([
      { ...column('a', 'double', { takesNaN: true, required: false }), tensor: 'float64' },
      { ...column('b', 'string', { required: false }), tensor: 'string' },
    ]);
    expect(decode([{ a: 1, b: 'x' }, { b: 'y' }], signature).tensors[0]!.data).toEqual(
      Float64Array.of(1, Number.NaN),
    );
    expect(problems([{ a: 1 }], signature)).toEqual([
      {
        pointer: '/features/0/b',
        detail: 'column "b" is missing; it is optional, but the model takes no value in its place',
      },
    ]);
  });

  const ranges: readonly [TensorType, unknown, unknown, unknown, unknown][] = [
    ['int8', -128, -129, 127, 128],
    ['int16', -32768, -32769, 32767, 32768],
    ['int32', -2147483648, -2147483649, 2147483647, 2147483648],
    ['int64', -(2n ** 63n), -(2n ** 63n) - 1n, 2n ** 63n - 1n, 2 ** 63],
    ['uint8', 0, -1, 255, 256],
    ['uint16', 0, -1, 65535, 65536],
    ['uint32', 0, -1, 4294967295, 4294967296],
    ['uint64', 0, -1n, 2n ** 64n - 1n, 2 ** 64],
  ];
  it.each(ranges)(
    'reads %s from its least to its greatest value and refuses the next',
    (tensor, min, below, max, above) => {
      const signature = columnarSignature([
        { ...column('n', tensor === 'int64' ? 'long' : 'double'), tensor },
      ]);
      const exact = decode([[min], [max]], signature).tensors[0]!;
      expect([BigInt(exact.data[0] as number), BigInt(exact.data[1] as number)]).toEqual([
        BigInt(min as number),
        BigInt(max as number),
      ]);
      expect(problems([[below], [above]], signature).map(({ pointer }) => pointer)).toEqual([
        '/features/0/0',
        '/features/1/0',
      ]);
    },
  );

  it('takes 3.0 and refuses 1.5 in integer columns, and keeps integers beyond 2^53', () => {
    const signature = columnarSignature([{ ...column('n', 'long'), tensor: 'int64' }]);
    const { data } = decode([[3.0], [9007199254740993n], [-0]], signature).tensors[0]!;
    expect(data).toEqual(BigInt64Array.of(3n, 9007199254740993n, 0n));
    expect(problems([[1.5]], signature)[0]!.detail).toBe(
      'column "n": expected an integer (long), got a decimal number',
    );
  });

  it('reads nested lists into one input and checks every level', () => {
    const signature = columnarSignature([
      { ...column('id', 'long'), tensor: 'int64' },
      { ...column('image', 'float', { cellShape: [2, 2] }), tensor: 'float32' },
    ]);
    const image = [
      [1, 2],
      [3, 4],
    ];
    expect(
      decode(
        [
          [7, image],
          [8, image],
        ],
        signature,
      ).tensors[1],
    ).toEqual({
      type: 'float32',
      dims: [2, 2, 2],
      data: Float32Array.of(1, 2, 3, 4, 1, 2, 3, 4),
    });
    const rows = [
      [7, [[1, 2], [3]]],
      [7, [[1, 2], 3]],
      [
        7,
        [
          [1, 'x'],
          [3, 4],
        ],
      ],
      [7, 5],
      { id: 1 },
    ];
    expect(problems(rows, signature)).toEqual([
      { pointer: '/features/0/1/1', detail: 'column "image": expected a list of 2 entries, got 1' },
      { pointer: '/features/1/1/1', detail: 'column "image": expected a list of 2 entries, got an integer' },
      { pointer: '/features/2/1/0/1', detail: 'column "image": expected a number (float), got a string' },
      { pointer: '/features/3/1', detail: 'column "image": expected a list of 2 entries, got an integer' },
      { pointer: '/features/4', detail: 'expected a list as in the rows before, got an object' },
    ]);
  });

  it('takes the list itself as a row where it is the only column, with or without a list around it', () => {
    const signature = columnarSignature([
      { ...column('x', 'float', { cellShape: [2, 2] }), tensor: 'float32' },
    ]);
    const image = [
      [1, 2],
      [3, 4],
    ];
    const expected = Float32Array.of(1, 2, 3, 4);
    for (const row of [image, [image], { x: image }]) {
      expect(decode([row], signature).tensors[0]).toEqual({
        type: 'float32',
        dims: [1, 2, 2],
        data: expected,
      });
    }
  });

  it('takes the length of a variable dimension from the first row', () => {
    const signature = columnarSignature([
      { ...column('ids', 'long', { cellShape: [-1] }), tensor: 'int64' },
      { ...column('mask', 'long', { cellShape: [-1] }), tensor: 'int64' },
    ]);
    const rows = [
      { ids: [1, 2, 3], mask: [1, 1, 0] },
      { ids: [4, 5, 6], mask: [1, 0, 0] },
    ];
    expect(decode(rows, signature).tensors.map(({ dims }) => dims)).toEqual([
      [2, 3],
      [2, 3],
    ]);
    expect(problems([...rows, { ids: [1], mask: [1, 1, 1] }], signature)).toEqual([
      {
        pointer: '/features/2/ids',
        detail: 'column "ids": expected a list of 3 entries, as in the first row, got 1',
      },
    ]);
  });

  it('takes rows of any one width where the graph does', () => {
    const signature = variableSignature();
    expect(
      decode(
        [
          [1, 2, 3],
          [4, 5, 6],
        ],
        signature,
      ).tensors[0],
    ).toEqual({
      type: 'float32',
      dims: [2, 3],
      data: Float32Array.of(1, 2, 3, 4, 5, 6),
    });
    expect(decode([[true, 2]], signature).tensors[0]!.data).toEqual(Float32Array.of(1, 2));
    expect(problems([[1, 2], [3]], signature)).toEqual([
      { pointer: '/features/1', detail: 'value: expected a list of 2 entries, as in the first row, got 1' },
    ]);
    expect(problems([[]], signature)[0]!.detail).toBe('value: the list must not be empty');
    expect(problems([[[1, 2]]], signature)[0]!.pointer).toBe('/features/0/0');
    expect(problems([{ a: 1 }], signature)[0]!.detail).toBe(
      "the model's columns have no names, so a row must be a list of values; got an object",
    );
  });

  it('gives tensors without rows for no rows', () => {
    expect(decode([], iris)).toEqual({
      tensors: [{ type: 'float32', dims: [0, 4], data: new Float32Array(0) }],
      rows: 0,
    });
  });

  it('reads keys of Object.prototype as ordinary names', () => {
    const signature = matrixSignature('float32', [column('__proto__'), column('toString')]);
    const row = JSON.parse('{"__proto__": 1, "toString": 2}');
    expect(decode([row], signature).tensors[0]!.data).toEqual(Float32Array.of(1, 2));
    expect(problems([{}], signature)).toHaveLength(2);
    expect(problems([JSON.parse('{"__proto__": 1}')], iris)[0]!.detail).toBe(
      'the model has no column "__proto__"',
    );
  });

  it('makes room as rows come, and keeps those before', () => {
    const signature = columnarSignature([
      { ...column('n', 'long'), tensor: 'int64' },
      { ...column('s', 'string'), tensor: 'string' },
      { ...column('x'), tensor: 'float32' },
    ]);
    const rows = Array.from({ length: 300_000 }, (_, index) => ({ n: index, s: `${index}`, x: index }));
    const [numbers, texts, floats] = decode(rows, signature).tensors;
    // Not toEqual: it would take minutes to show how arrays of this size differ.
    const wrong = rows.findIndex(({ n, s, x }) => {
      return numbers!.data[n] !== BigInt(n) || texts!.data[n] !== s || floats!.data[n] !== x;
    });
    expect(wrong).toBe(-1);
  });
});
