import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allocateTensorData, type TensorType } from '../../../src/model/tensor.ts';
import {
  DATATYPE_NAMES,
  datatypeOf,
  tensorTypeOfDatatype,
  wireWidth,
} from '../../../src/protocols/tensors/datatypes.ts';
import { bytesOfTensor, numbersOfBytes, textsOfBytes } from '../../../src/protocols/tensors/tensor-bytes.ts';

const NUMERIC = DATATYPE_NAMES.map((name) => tensorTypeOfDatatype(name)!).filter(
  (type): type is Exclude<TensorType, 'string'> => type !== 'string',
);

/** The bytes `head` before, so that they begin where no number may. */
function behind(head: number, bytes: Uint8Array): Uint8Array {
  const whole = new Uint8Array(head + bytes.length);
  whole.set(bytes, head);
  return whole.subarray(head);
}

describe('the datatypes', () => {
  it('are names of all types, both ways', () => {
    for (const name of DATATYPE_NAMES) expect(datatypeOf(tensorTypeOfDatatype(name)!)).toBe(name);
    expect(DATATYPE_NAMES).toHaveLength(13);
    for (const name of ['BF16', 'fp32', 'STRING', '']) expect(tensorTypeOfDatatype(name)).toBeNull();
  });

  it.each(NUMERIC)('have the width of %s', (type) => {
    expect(wireWidth(type)).toBe((allocateTensorData(type, 1) as Uint8Array).BYTES_PER_ELEMENT);
  });
});

describe('numbersOfBytes', () => {
  it('reads little-endian numbers wherever they begin', () => {
    const bytes = Buffer.from('0000803f00000040', 'hex');
    for (const head of [0, 1, 2, 3, 174]) {
      expect(numbersOfBytes('float32', behind(head, bytes))).toEqual(Float32Array.of(1, 2));
    }
    expect(numbersOfBytes('int64', behind(5, Buffer.from('ffffffffffffffff', 'hex')))).toEqual(
      BigInt64Array.of(-1n),
    );
    expect(numbersOfBytes('uint16', behind(1, Buffer.from('0102', 'hex')))).toEqual(Uint16Array.of(0x0201));
  });

  it('reads what was written, of every type', () => {
    const anyCase = fc.tuple(fc.constantFrom(...NUMERIC), fc.uint8Array({ maxLength: 40 }), fc.nat(9));
    fc.assert(
      fc.property(anyCase, ([type, raw, head]) => {
        const bytes = raw.subarray(0, raw.length - (raw.length % wireWidth(type)));
        const data = numbersOfBytes(type, behind(head, bytes));
        expect(Buffer.from(bytesOfTensor({ data }))).toEqual(Buffer.from(bytes));
      }),
    );
  });
});

describe('textsOfBytes', () => {
  const two = Buffer.from('0000000003000000c3a921', 'hex');

  it('reads texts with their lengths before them', () => {
    expect(textsOfBytes(behind(3, two), 2)).toEqual(['', 'é!']);
    expect(Buffer.from(bytesOfTensor({ data: ['', 'é!'] }))).toEqual(two);
    expect(textsOfBytes(new Uint8Array(0), 0)).toEqual([]);
  });

  it.each([
    [two, 1, { element: 1, kind: 'length' }],
    [two, 3, { element: 2, kind: 'length' }],
    [two.subarray(0, 10), 2, { element: 1, kind: 'length' }],
    [two.subarray(0, 6), 2, { element: 1, kind: 'length' }],
    [Buffer.from('ffffffff', 'hex'), 1, { element: 0, kind: 'length' }],
    [Buffer.from('0000000001000000c3', 'hex'), 2, { element: 1, kind: 'encoding' }],
    [Buffer.from('03000000eda080', 'hex'), 1, { element: 0, kind: 'encoding' }],
  ])('refuses what is not %j', (bytes, count, fault) => {
    expect(textsOfBytes(bytes, count)).toEqual(fault);
  });

  it('takes the replacement character that was really sent', () => {
    expect(textsOfBytes(bytesOfTensor({ data: ['\ufffd'] }), 1)).toEqual(['\ufffd']);
  });

  it('reads what was written', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme' })), (texts) => {
        expect(textsOfBytes(bytesOfTensor({ data: texts }), texts.length)).toEqual(texts);
      }),
    );
  });
});
