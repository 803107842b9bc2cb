import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Problem } from '../../../src/errors.ts';
import { columnTypeOf } from '../../../src/model/column-domain.ts';
import { MISSING_TEXT } from '../../../src/model/missing-text.ts';
import { ProblemList } from '../../../src/model/problem-list.ts';
import type { Signature } from '../../../src/model/signature.ts';
import type { Tensor, TensorType } from '../../../src/model/tensor.ts';
import { DATATYPE_NAMES, tensorTypeOfDatatype } from '../../../src/protocols/tensors/datatypes.ts';
import { readTensors } from '../../../src/protocols/tensors/read-tensors.ts';
import { bytesOfTensor } from '../../../src/protocols/tensors/tensor-bytes.ts';
import type { WireTensor, WireValues } from '../../../src/protocols/tensors/wire-tensor.ts';
import {
  column,
  columnarSignature,
  matrixSignature,
  variableSignature,
} from '../../model/sample-signatures.ts';

const pair = matrixSignature('float32', [column('width'), column('height')]);
const table = columnarSignature([
  { ...column('id', 'long'), tensor: 'int64' },
  { ...column('town', 'string'), tensor: 'string' },
  { ...column('area', 'float', { takesNaN: true, required: false }), tensor: 'float32' },
]);

/** A model of one input `X` of this type. */
function one(type: TensorType, takesNaN = false, shape: readonly number[] = [-1, 1]): Signature {
  const signature = columnarSignature([{ ...column('X', columnTypeOf(type), { takesNaN }), tensor: type }]);
  return { ...signature, inputs: [{ name: 'X', type, shape }] };
}

function wire(name: string, datatype: string, shape: readonly number[], values: WireValues): WireTensor {
  return { name, datatype, shape, pointer: '/inputs/0', values };
}

function json(name: string, datatype: string, shape: readonly number[], data: unknown): WireTensor {
  return wire(name, datatype, shape, { kind: 'json', data });
}

function bytes(name: string, datatype: string, shape: readonly number[], data: Tensor['data']): WireTensor {
  return wire(name, datatype, shape, { kind: 'bytes', bytes: bytesOfTensor({ data }) });
}

function read(signature: Signature, ...tensors: readonly WireTensor[]) {
  const problems = new ProblemList();
  const decoded = readTensors({ tensors, signature, problems });
  problems.throwIfAny();
  return decoded;
}

function problemsOf(signature: Signature, ...tensors: readonly WireTensor[]): readonly Problem[] {
  try {
    read(signature, ...tensors);
  } catch (error) {
    return (error as { problems: readonly Problem[] }).problems;
  }
  throw new Error('the tensors were accepted');
}

function detailsOf(signature: Signature, ...tensors: readonly WireTensor[]): readonly string[] {
  return problemsOf(signature, ...tensors).map(({ pointer, detail }) => `${pointer}: ${detail}`);
}

describe('readTensors', () => {
  it('fills an input from flat and nested lists, and from bytes', () => {
    const expected = { type: 'float32', dims: [2, 2], data: Float32Array.of(1, 2.5, -3, 0.1) };
    const nested = [
      [1, 2.5],
      [-3, 0.1],
    ];
    for (const tensor of [
      json('X', 'FP32', [2, 2], [1, 2.5, -3, 0.1]),
      json('X', 'FP32', [2, 2], nested),
      bytes('X', 'FP32', [2, 2], Float32Array.of(1, 2.5, -3, 0.1)),
      bytes('X', 'FP64', [2, 2], Float64Array.of(1, 2.5, -3, 0.1)),
      wire('X', 'FP64', [2, 2], { kind: 'values', values: [1, 2.5, -3, 0.1] }),
    ]) {
      expect(read(pair, tensor)).toEqual({ tensors: [expected], rows: 2 });
    }
  });

  it('takes the only tensor for the only input, whatever it is called', () => {
    expect(read(pair, json('input-0', 'FP32', [1, 2], [1, 2])).rows).toBe(1);
    expect(detailsOf(table, json('input-0', 'FP32', [1, 3], [1, 2, 3]))[0]).toBe(
      '/inputs/0/name: the model has no input "input-0"; it has "id", "town", "area"',
    );
  });

  it('takes a tensor for each column, in any order', () => {
    const height = json('height', 'INT32', [3], [4, 5, 6]);
    const width = bytes('width', 'FP32', [3, 1], Float32Array.of(1, 2, 3));
    expect(read(pair, height, width)).toEqual({
      tensors: [{ type: 'float32', dims: [3, 2], data: Float32Array.of(1, 4, 2, 5, 3, 6) }],
      rows: 3,
    });
    expect(detailsOf(pair, height)).toEqual(['/inputs: column "width" is missing']);
  });

  it('fills optional columns that are left out with NaN', () => {
    const id = json('id', 'INT64', [2], [7, 9007199254740993n]);
    const town = json('town', 'BYTES', [2, 1], ['a', 'b']);
    expect(read(table, id, town).tensors).toEqual([
      { type: 'int64', dims: [2, 1], data: BigInt64Array.of(7n, 9007199254740993n) },
      { type: 'string', dims: [2, 1], data: ['a', 'b'] },
      { type: 'float32', dims: [2, 1], data: Float32Array.of(Number.NaN, Number.NaN) },
    ]);
  });

  it('takes zero rows', () => {
    expect(read(pair, json('X', 'FP32', [0, 2], []))).toEqual({
      tensors: [{ type: 'float32', dims: [0, 2], data: new Float32Array(0) }],
      rows: 0,
    });
    expect(read(table, json('id', 'INT64', [0], []), bytes('town', 'BYTES', [0, 1], [])).rows).toBe(0);
  });

  it('takes any width where the model does', () => {
    const { tensors } = read(variableSignature(), json('X', 'FP32', [2, 3], [1, 2, 3, 4, 5, 6]));
    expect(tensors[0]!.dims).toEqual([2, 3]);
    expect(detailsOf(variableSignature(), json('X', 'FP32', [2, 0], []))[0]).toContain('expected the shape');
  });

  it('takes a trailing dimension of 1 or does without it', () => {
    const flat = one('float32', false, [-1]);
    expect(read(flat, json('X', 'FP32', [2, 1], [1, 2])).tensors[0]!.dims).toEqual([2]);
    expect(read(one('float32'), json('X', 'FP32', [2], [1, 2])).tensors[0]!.dims).toEqual([2, 1]);
  });

  it('names every problem of names, shapes and rows at once', () => {
    expect(
      detailsOf(
        table,
        json('ID', 'INT64', [2, 1], [1, 2]),
        json('town', 'BYTES', [3], ['a', 'b', 'c']),
        json('town', 'BYTES', [3], ['a', 'b', 'c']),
        json('area', 'FP32', [2, 2], [1, 2, 3, 4]),
      ),
    ).toEqual([
      '/inputs/0/name: the model has no input "ID"; did you mean "id"?',
      '/inputs/0/name: input "town" is given twice',
      '/inputs: input "id" (INT64 [-1, 1]) is missing',
      '/inputs/0/shape: input "area": expected the shape [-1, 1], got [2, 2]',
    ]);
    expect(detailsOf(table, json('id', 'INT64', [2], [1, 2]), json('town', 'BYTES', [1], ['a']))).toEqual([
      '/inputs/0/shape/0: input "town" has 1 rows, and input "id" has 2',
    ]);
    expect(detailsOf(table, json('', 'FP32', [], 3)).length).toBeGreaterThan(1);
    expect(detailsOf({ ...pair, fixedRows: 4 }, json('X', 'FP32', [1, 2], [1, 2]))).toEqual([
      '/inputs/0/shape/0: the model takes exactly 4 rows, got 1',
    ]);
  });

  it.each<[string, Signature, WireTensor, string]>([
    [
      'too few',
      pair,
      json('X', 'FP32', [2, 2], [1, 2, 3]),
      '/data: input "X": the shape [2, 2] holds 4 values, got 3',
    ],
    [
      'no list',
      pair,
      json('X', 'FP32', [1, 2], 'no'),
      '/data: input "X": the shape [1, 2] holds 2 values, got 1',
    ],
    [
      'ragged',
      pair,
      json('X', 'FP32', [2, 2], [[1, 2], [3]]),
      '/data: input "X": the lists in "data" have different lengths or depths',
    ],
    [
      'turned',
      pair,
      json(
        'X',
        'FP32',
        [3, 2],
        [
          [1, 2, 3],
          [4, 5, 6],
        ],
      ),
      '/data: input "X": "data" is nested as [2, 3], and the shape is [3, 2]',
    ],
    [
      'short bytes',
      pair,
      bytes('X', 'FP32', [2, 2], Float32Array.of(1, 2)),
      ': input "X": the shape [2, 2] of FP32 takes 16 bytes, got 8',
    ],
    [
      'text',
      pair,
      json('X', 'FP32', [1, 2], [1, '2']),
      '/data/1: input "X": expected a number (FP32), got a string',
    ],
    [
      'a nested text',
      pair,
      json('X', 'FP32', [1, 2], [[1, '2']]),
      '/data/0/1: input "X": expected a number (FP32), got a string',
    ],
    [
      'too large',
      pair,
      json('X', 'FP32', [1, 2], [1, 1e39]),
      '/data/1: input "X": the number is outside the range of FP32',
    ],
    [
      'too large for the graph',
      pair,
      bytes('X', 'FP64', [1, 2], Float64Array.of(1, 1e39)),
      ': input "X": the number is outside the range of FP64, fed as FP32 (element 1)',
    ],
    [
      'infinite in JSON',
      pair,
      json('X', 'FP32', [1, 2], [1, Number.POSITIVE_INFINITY]),
      '/data/1: input "X": the number is outside the range of FP32',
    ],
    [
      'null',
      pair,
      json('X', 'FP32', [1, 2], [1, null]),
      '/data/1: input "X": null is not accepted, because the model gives no answer for missing values',
    ],
    [
      'NaN',
      pair,
      bytes('X', 'FP32', [1, 2], Float32Array.of(1, Number.NaN)),
      ': input "X": NaN is not accepted, because the model gives no answer for missing values (element 1)',
    ],
    [
      'text for numbers',
      pair,
      json('X', 'BYTES', [1, 2], ['1', '2']),
      '/datatype: input "X": the model takes FP32, which BYTES cannot feed',
    ],
    [
      'no datatype',
      pair,
      json('X', 'float', [1, 2], [1, 2]),
      `/datatype: input "X": there is no datatype "float"; the model takes FP32 (the datatypes are ${DATATYPE_NAMES.join(', ')})`,
    ],
    [
      'fractions for integers',
      one('int32'),
      json('X', 'FP32', [1], [1.5]),
      '/data/0: input "X": expected an integer (FP32, fed as INT32), got a decimal number',
    ],
    [
      'wrapping integers',
      one('float32'),
      json('X', 'UINT8', [1], [300]),
      '/data/0: input "X": the number is outside the range of UINT8, fed as FP32 (0 to 255)',
    ],
    [
      '64 bits for 32',
      one('int32'),
      bytes('X', 'INT64', [1], BigInt64Array.of(2n ** 31n)),
      ': input "X": the number is outside the range of INT64, fed as INT32 (-2147483648 to 2147483647) (element 0)',
    ],
    [
      'integers for booleans',
      one('bool'),
      json('X', 'INT64', [1], [1]),
      '/datatype: input "X": the model takes BOOL, which INT64 cannot feed',
    ],
    [
      'other bytes for BOOL',
      one('bool'),
      bytes('X', 'BOOL', [2, 1], Uint8Array.of(1, 2)),
      ': input "X": a BOOL is a byte of 0 or 1 (element 1 is another)',
    ],
    [
      'half a text',
      one('string'),
      bytes('X', 'BYTES', [2, 1], ['a']),
      ': input "X": the bytes are no 2 elements with their lengths before them (wrong from element 1 on)',
    ],
    [
      'NUL',
      one('string'),
      bytes('X', 'BYTES', [1], ['a\0']),
      ': input "X": the string has a NUL character, which the model\'s runtime cannot take (element 0)',
    ],
  ])('refuses %s', (_what, signature, tensor, problem) => {
    expect(detailsOf(signature, tensor)).toEqual([`/inputs/0${problem}`]);
  });

  it('makes no room for values that are only claimed', () => {
    const shape = [2 ** 45, 2];
    expect(detailsOf(pair, json('X', 'FP32', shape, []))[0]).toContain('got 0');
    expect(detailsOf(pair, bytes('X', 'FP64', shape, []))[0]).toContain('got 0');
    const columns = ['width', 'height'].map((name) => json(name, 'FP32', [2 ** 45], []));
    expect(detailsOf(pair, ...columns)).toHaveLength(2);
    const wide = Array.from({ length: 1000 }, (_, at) =>
      column(String(at), 'double', { required: false, takesNaN: true }),
    );
    const rows = 2 ** 15;
    const narrow = bytes('0', 'FP64', [rows], new Float64Array(rows));
    expect(detailsOf(matrixSignature('float64', wide), narrow)).toEqual([
      '/inputs: the rows are too many for one request; send fewer',
    ]);
  });

  it('takes null and absence as missing texts where the model does', () => {
    const signature = columnarSignature([
      { ...column('town', 'string', { takesNaN: true }), tensor: 'string' },
      { ...column('street', 'string', { takesNaN: true, required: false }), tensor: 'string' },
    ]);
    const { tensors } = read(signature, json('town', 'BYTES', [2, 1], ['x', null]));
    expect(tensors.map(({ data }) => data)).toEqual([
      ['x', MISSING_TEXT],
      [MISSING_TEXT, MISSING_TEXT],
    ]);
  });

  it('takes only the values that the model knows, by column and as a whole', () => {
    const signature = matrixSignature('float32', [
      column('width'),
      column('grade', 'float', { takesNaN: true, knownValues: [0.1, 2] }),
    ]);
    const good = Float32Array.of(9, 0.1, 9, 2, 9, Number.NaN);
    expect(read(signature, bytes('X', 'FP32', [3, 2], good)).tensors[0]!.data).toEqual(good);
    const detail = 'column "grade": the model gives an answer only for values that it was trained on: 0.1, 2';
    expect(detailsOf(signature, bytes('X', 'FP32', [2, 2], Float32Array.of(1, 2, 1, 3)))).toEqual([
      expect.stringMatching(`^/inputs/0: ${detail}.* \\(row 1\\)$`),
    ]);
    const grade = json('grade', 'FP64', [1, 1], [1]);
    expect(detailsOf(signature, json('width', 'FP64', [1, 1], [1]), grade)).toEqual([
      expect.stringContaining('column "grade": the model gives an answer only for values'),
    ]);
  });

  it('finds the known values of a column of single precision in an input of double precision', () => {
    const knownValues = [Math.fround(0.1)];
    const signature = matrixSignature('float64', [column('grade', 'float', { knownValues })]);
    const good = Float64Array.of(0.1, Math.fround(0.1));
    expect(read(signature, bytes('X', 'FP64', [2, 1], good)).tensors[0]!.data).toEqual(good);
    expect(detailsOf(signature, bytes('X', 'FP64', [1, 1], Float64Array.of(0.11)))).toHaveLength(1);
  });

  it('takes null and NaN where the model does, and infinities of numbers that have them', () => {
    const signature = one('float32', true);
    const expected = Float32Array.of(Number.NaN, 1);
    expect(read(signature, json('X', 'FP32', [2], [null, 1])).tensors[0]!.data).toEqual(expected);
    expect(read(signature, json('X', 'FP64', [2], [null, 1])).tensors[0]!.data).toEqual(expected);
    for (const datatype of ['FP32', 'FP64']) {
      const source = datatype === 'FP32' ? expected : Float64Array.from(expected);
      expect(read(signature, bytes('X', datatype, [2], source)).tensors[0]!.data).toEqual(expected);
    }
    const infinite = Float64Array.of(Number.NEGATIVE_INFINITY, 1);
    const { tensors } = read(one('float32'), bytes('X', 'FP64', [2], infinite));
    expect(tensors[0]!.data).toEqual(Float32Array.from(infinite));
  });

  it('takes booleans for numbers, and integral decimals for integers', () => {
    expect(read(one('float32'), json('X', 'BOOL', [2], [true, false])).tensors[0]!.data).toEqual(
      Float32Array.of(1, 0),
    );
    expect(read(one('int64'), bytes('X', 'BOOL', [2], Uint8Array.of(1, 0))).tensors[0]!.data).toEqual(
      BigInt64Array.of(1n, 0n),
    );
    expect(read(one('int64'), bytes('X', 'FP32', [1], Float32Array.of(3))).tensors[0]!.data).toEqual(
      BigInt64Array.of(3n),
    );
  });

  it('rounds to half precision once', () => {
    // By way of float32, 1 + 2^-11 + 2^-30 would become 1 + 2^-11 and then, half to even, 1.
    const value = 1 + 2 ** -11 + 2 ** -30;
    const { tensors } = read(one('float16'), bytes('X', 'FP64', [1], Float64Array.of(value)));
    expect(tensors[0]!.data).toEqual(Uint16Array.of(0x3c01));
    expect(read(one('float16'), json('X', 'FP16', [1], [0.5])).tensors[0]!.data).toEqual(
      Uint16Array.of(0x3800),
    );
  });

  it('restricts columns to what the signature declares, and inputs to what the graph takes', () => {
    const declared = matrixSignature('float32', [column('count', 'long'), column('size')]);
    const count = json('count', 'FP32', [1], [1.5]);
    expect(detailsOf(declared, count, json('size', 'FP32', [1], [1.5]))).toEqual([
      '/inputs/0/data/0: column "count": expected an integer (FP32), got a decimal number',
    ]);
    expect(read(declared, json('X', 'FP32', [1, 2], [1.5, 1.5])).rows).toBe(1);
  });

  it('reads the same from lists, bytes and typed values, of every datatype', () => {
    const values: Readonly<Record<string, fc.Arbitrary<number | bigint | boolean | string>>> = {
      BOOL: fc.boolean(),
      UINT8: fc.nat(255),
      UINT16: fc.nat(65_535),
      UINT32: fc.nat(2 ** 32 - 1),
      UINT64: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
      INT8: fc.integer({ min: -128, max: 127 }),
      INT16: fc.integer({ min: -(2 ** 15), max: 2 ** 15 - 1 }),
      INT32: fc.integer(),
      INT64: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      FP16: fc.integer({ min: -2048, max: 2048 }),
      FP32: fc.float({ noNaN: true, noDefaultInfinity: true }),
      FP64: fc.double({ noNaN: true, noDefaultInfinity: true }),
      BYTES: fc.string({ unit: fc.constantFrom('a', 'é', '😀', '"', '\n') }),
    };
    const anyCase = fc
      .constantFrom(...DATATYPE_NAMES)
      .chain((datatype) => fc.tuple(fc.constant(datatype), fc.array(values[datatype]!, { maxLength: 8 })));
    fc.assert(
      fc.property(anyCase, ([datatype, list]) => {
        const type = tensorTypeOfDatatype(datatype)!;
        const shape = [list.length, 1];
        const fromJson = read(one(type), json('X', datatype, shape, list));
        const [tensor] = fromJson.tensors;
        expect(tensor!.data).toHaveLength(list.length);
        const again = bytes('X', datatype, shape, tensor!.data);
        expect(read(one(type), again)).toEqual(fromJson);
        const typed = wire('X', datatype, shape, { kind: 'values', values: list });
        expect(read(one(type), typed)).toEqual(fromJson);
        if (type === 'string') expect(tensor!.data).toEqual(list);
      }),
    );
  });
});
