import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Signature } from '../../../src/model/signature.ts';
import type { Tensor } from '../../../src/model/tensor.ts';
import { readNpy } from '../../../src/protocols/mlflow/npy-array.ts';
import { writeNpy } from '../../../src/protocols/mlflow/write-npy.ts';
import { decode, refusal } from './decode.ts';
import { BOXES, SINGLE, TYPED } from './signatures.ts';

const TYPE = 'application/x-npy';

/** As `numpy.save` wrote them (NumPy 2.4.6), in base64. */
const SAVED = {
  'float64 [2, 3]':
    'k05VTVBZAQB2AHsnZGVzY3InOiAnPGY4JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDMpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAADwPwAAAAAAAABAAAAAAAAACEAAAAAAAAAQQAAAAAAAABRAAAAAAAAAGEA=',
} as const;

const bytesOf = (base64: string) => new Uint8Array(Buffer.from(base64, 'base64'));

/** A `.npy` file by hand. */
function npy(descr: string, shape: string, data: Uint8Array, isFortran = false, version = 1): Uint8Array {
  const header = `{'descr': '${descr}', 'fortran_order': ${isFortran ? 'True' : 'False'}, 'shape': ${shape}, }\n`;
  const length = Buffer.alloc(version === 1 ? 2 : 4);
  if (version === 1) length.writeUInt16LE(header.length);
  else length.writeUInt32LE(header.length);
  const start = Buffer.from(`\x93NUMPY${String.fromCharCode(version, 0)}`, 'latin1');
  return new Uint8Array(Buffer.concat([start, length, Buffer.from(header), data]));
}

const raw = (view: { buffer: ArrayBufferLike }) => new Uint8Array(view.buffer as ArrayBuffer);

describe('a body that is a NumPy array', () => {
  it('is read as NumPy saved it', async () => {
    expect(await decode(bytesOf(SAVED['float64 [2, 3]']), BOXES, TYPE)).toEqual({
      rows: 2,
      values: [[1, 2, 3, 4, 5, 6]],
    });
  });

  it.each<[string, string, Uint8Array]>([
    ['|i1', '(1, 3)', raw(Int8Array.of(-1, 2, 3))],
    ['<i2', '(1, 3)', raw(Int16Array.of(-1, 2, 3))],
    ['>i2', '(1, 3)', Uint8Array.of(255, 255, 0, 2, 0, 3)],
    ['<i4', '(1, 3)', raw(Int32Array.of(-1, 2, 3))],
    ['<i8', '(1, 3)', raw(BigInt64Array.of(-1n, 2n, 3n))],
    ['<f4', '(1, 3)', raw(Float32Array.of(-1, 2, 3))],
    ['<f2', '(1, 3)', raw(Float16Array.of(-1, 2, 3))],
    ['<f8', '(3,)', raw(Float64Array.of(-1, 2, 3))],
  ])('is read with elements of %s in the shape %s', async (descr, shape, data) => {
    const expected = { rows: 1, values: [[-1, 2, 3]] };
    expect(await decode(npy(descr, shape, data), BOXES, TYPE)).toEqual(expected);
    expect(await decode(npy(descr, shape, data, false, 2), BOXES, TYPE)).toEqual(expected);
  });

  it('is read in column-major order, too', async () => {
    const data = raw(Float32Array.of(1, 4, 2, 5, 3, 6));
    expect(await decode(npy('<f4', '(2, 3)', data, true), BOXES, TYPE)).toEqual({
      rows: 2,
      values: [[1, 2, 3, 4, 5, 6]],
    });
    expect(
      readNpy(
        npy(
          '|u1',
          '(2, 3, 2)',
          Uint8Array.from({ length: 12 }, (_, at) => at),
          true,
        ),
        null,
      ).data,
    ).toEqual(
      // numpy.arange(12).reshape((2, 3, 2), order='F').flatten()
      [0, 6, 2, 8, 4, 10, 1, 7, 3, 9, 5, 11],
    );
  });

  it('has the values of a single column, NaN where the model takes it, and zero rows', async () => {
    expect(await decode(npy('<f4', '(3,)', raw(Float32Array.of(1, 2, 3))), SINGLE, TYPE)).toMatchObject({
      rows: 3,
    });
    const gap = raw(Float32Array.of(1, Number.NaN, 3));
    expect((await decode(npy('<f4', '(1, 3)', gap), BOXES, TYPE)).values).toEqual([[1, Number.NaN, 3]]);
    expect(await decode(npy('<f4', '(0, 3)', new Uint8Array()), BOXES, TYPE)).toEqual({
      rows: 0,
      values: [[]],
    });
  });

  it.each<[string, Uint8Array, string]>([
    ['JSON', Buffer.from('[[1,2,3]]'), 'it does not begin as one'],
    ['nothing', new Uint8Array(), 'it does not begin as one'],
    ['a file that is cut off', npy('<f4', '(1, 3)', new Uint8Array(11)), 'its header tells of 3 elements'],
    ['bytes behind it', npy('<f4', '(1, 3)', new Uint8Array(13)), 'its header tells of 3 elements'],
    ['half a header', npy('<f4', '(1, 3)', new Uint8Array()).subarray(0, 40), 'it is cut off'],
    ['Python objects', npy('|O', '(1,)', new Uint8Array(8)), 'does not describe an array of numbers'],
    ['texts', npy('<U3', '(1,)', new Uint8Array(12)), 'its elements are no numbers but "U3"'],
    [
      'an endless header',
      npy("'descr':[".repeat(20_000), '(1,)', new Uint8Array(0), false, 2),
      'its header is too long',
    ],
    ['fields', npy("[('a', '<f4')]", '(1,)', new Uint8Array(4)), 'does not describe an array of numbers'],
  ])('is refused: %s', async (_name, body, why) => {
    expect((await refusal(body, BOXES, TYPE))[0]).toContain(why);
  });

  it('is checked like any other rows', async () => {
    expect(await refusal(npy('<f8', '(2, 2)', new Uint8Array(32)), BOXES, TYPE)).toEqual([
      '/0: expected 3 values (width, height, depth), got 2',
      '/1: expected 3 values (width, height, depth), got 2',
    ]);
    expect(await refusal(npy('<f8', '(1, 5)', new Uint8Array(40)), TYPED, TYPE)).toEqual([
      '/0/3: column "s": expected a string, got an integer',
      '/0/4: column "b": expected true or false (boolean), got an integer',
    ]);
  });

  it('is not read where its values do not fit into the heap', () => {
    expect(() => readNpy(npy('|u1', '(1000,)', new Uint8Array(1000)), 10_000)).toThrow(
      'more values than there is',
    );
  });
});

describe('an answer that is a NumPy array', () => {
  const signature = (tensor: Tensor): Signature => ({
    ...BOXES,
    outputs: [{ name: 'y', type: tensor.type, shape: [-1] }],
    task: { kind: 'other' },
  });
  const write = (tensor: Tensor) => writeNpy([tensor], tensor.dims[0]!, signature(tensor));

  it('is what numpy.save writes', () => {
    const data = Float64Array.of(1, 2, 3, 4, 5, 6);
    const saved = Buffer.from(write({ type: 'float64', dims: [2, 3], data })).toString('base64');
    expect(saved).toBe(SAVED['float64 [2, 3]']);
  });

  it('is read back by what reads bodies', () => {
    fc.assert(
      fc.property(fc.array(fc.float({ noNaN: true }), { maxLength: 20 }), (values) => {
        const data = Float32Array.from(values);
        const bytes = write({ type: 'float32', dims: [values.length, 1], data });
        expect(bytes.length % 4).toBe(0);
        expect(readNpy(bytes, null)).toEqual({ shape: [values.length], data: [...data] });
      }),
    );
    const integers = BigInt64Array.of(-(2n ** 63n), 2n ** 53n + 1n);
    expect(readNpy(write({ type: 'int64', dims: [2], data: integers }), null).data).toEqual([...integers]);
    const truth = { type: 'bool', dims: [2], data: Uint8Array.of(1, 0) } as const;
    expect(readNpy(write(truth), null).data).toEqual([true, false]);
  });

  it('has texts as NumPy has them', () => {
    const bytes = Buffer.from(write({ type: 'string', dims: [2], data: ['é🗼', ''] }));
    expect(bytes.toString('latin1')).toContain("'descr': '<U2', 'fortran_order': False, 'shape': (2,)");
    expect(bytes.subarray(-16).toString('hex')).toBe('e9000000fcf501000000000000000000');
  });

  it('is refused where the prediction is several arrays', () => {
    const tensor = { type: 'float32', dims: [1], data: new Float32Array(1) } as const;
    const several = { ...signature(tensor), outputs: [BOXES.outputs[0]!, BOXES.outputs[0]!] };
    expect(() => writeNpy([tensor, tensor], 1, several)).toThrow('2 outputs, which are not one array');
  });
});
