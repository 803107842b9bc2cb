import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readPickle } from '../../../../src/formats/fitted/files/pickle/read-pickle.ts';
import type { NdArray } from '../../../../src/formats/fitted/values/nd-array.ts';
import type {
  StoredList,
  StoredObject,
  StoredValue,
} from '../../../../src/formats/fitted/values/stored-value.ts';
import { at, fixtureFile } from './fixture-files.ts';
import { refusalOf, sentenceOf } from './outcome.ts';
import { global, pickle, raw, text, uint32, uint64 } from './pickle-bytes.ts';

const INVALID = 'INVALID_MODEL: the pickle cannot be read: ';

/** `numpy.dtype('f8')`, little-endian, and an empty array. */
const DTYPE = raw(
  global('numpy', 'dtype'),
  text('f8'),
  '\x89\x88\x87R',
  '(K\x03',
  text('<'),
  'NNNJ',
  uint32(2 ** 32 - 1),
  'J',
  uint32(2 ** 32 - 1),
  'K\0tb',
);
const ARRAY = raw(
  global('numpy.core.multiarray', '_reconstruct'),
  global('numpy', 'ndarray'),
  'K\0\x85C\x01b\x87R',
);

describe('a pickle that calls something', () => {
  it('is read as a record of the call, and nothing is called', () => {
    const trace = join(tmpdir(), `called-${process.pid}`);
    const value = readPickle(pickle(global('os', 'system'), text(`touch ${trace}`), '\x85R')) as StoredObject;
    expect(value).toEqual({
      kind: 'object',
      type: 'os.system',
      args: [`touch ${trace}`],
      attributes: new Map(),
    });
    expect(existsSync(trace)).toBe(false);
  });

  it.each([
    ['builtins', 'eval'],
    ['builtins', 'getattr'],
    ['__builtin__', 'exec'],
    ['numpy.testing._private.utils', 'runstring'],
  ])('is inert where it calls %s.%s', (module, name) => {
    const value = readPickle(
      pickle(global(module, name), text('1+1'), '\x85R', '}', text('a'), 'K\x01sb'),
    ) as StoredObject;
    expect(value.type).toBe(`${module.replaceAll('_', '') === 'builtin' ? 'builtins' : module}.${name}`);
    expect(value.args).toEqual(['1+1']);
    expect(value.attributes).toEqual(new Map([['a', 1]]));
  });

  it('is inert where it calls what another call gives', () => {
    const nested = raw(global('builtins', 'getattr'), global('os', 'path'), text('join'), '\x86R');
    expect((readPickle(pickle(nested, ')R')) as StoredObject).type).toBe('the result of a call');
  });
});

describe('a pickle with lengths beyond its end', () => {
  it.each([
    ['BINUNICODE8', raw('\x8d', uint64(2n ** 62n))],
    ['BINBYTES8', raw('\x8e', uint64(2n ** 63n))],
    ['BYTEARRAY8', raw('\x96', uint64(2n ** 64n - 1n))],
    ['BINUNICODE', raw('X', uint32(2 ** 32 - 1))],
    ['BINBYTES', raw('B', uint32(2 ** 31))],
    ['SHORT_BINUNICODE', '\x8c\xffab'],
    ['FRAME', raw('\x95', uint64(2n ** 63n))],
    ['GLOBAL without an end', 'cos'],
  ])('is refused: %s', (_name, part) => {
    expect(sentenceOf(() => readPickle(pickle(part)))).toBe(`${INVALID}it is cut off`);
  });

  it('is refused where an integer is endless', () => {
    expect(sentenceOf(() => readPickle(pickle('\x8b', uint32(2 ** 31 - 1))))).toBe(
      `${INVALID}an integer has 2147483647 bytes`,
    );
    expect(sentenceOf(() => readPickle(pickle('\x8a\x41', new Uint8Array(65))))).toBe(
      `${INVALID}an integer has 65 bytes`,
    );
  });

  it.each(['p2.pkl', 'p4.pkl', 'p5.pkl'])('is refused wherever %s is cut off', (ending) => {
    for (const model of ['words', 'ridge']) {
      const bytes = fixtureFile(`sklearn-1.9/${model}.${ending}`);
      for (let length = 0; length < bytes.length; length += 1) {
        expect(refusalOf(() => readPickle(bytes.subarray(0, length))).code).toBe('INVALID_MODEL');
      }
    }
  });
});

describe('a pickle of opcodes that are not read', () => {
  it.each([
    ['PERSID', 'Pabc\n', 'refers to values that are stored elsewhere (PERSID)'],
    ['BINPERSID', 'NQ', 'refers to values that are stored elsewhere (BINPERSID)'],
    ['EXT1', '\x82\x01', 'refers to a registry of Python (EXT1)'],
    ['EXT4', '\x84\x01\0\0\0', 'refers to a registry of Python (EXT4)'],
    ['NEXT_BUFFER', '\x97', 'leaves its arrays elsewhere (NEXT_BUFFER)'],
    ['INST', '(ios\nsystem\n', 'is of protocol 0 or 1 (opcode i)'],
    ['SHORT_BINSTRING', 'U\x01a', 'was written by Python 2 (SHORT_BINSTRING)'],
  ])('is refused by name: %s', (_name, part, why) => {
    expect(sentenceOf(() => readPickle(pickle(part)))).toContain(`UNSUPPORTED_MODEL: the pickle ${why}`);
  });

  it('is refused where it is of another protocol', () => {
    expect(sentenceOf(() => readPickle(raw('\x80\x06N.')))).toContain(
      'UNSUPPORTED_MODEL: the pickle is of protocol 6',
    );
    for (const start of ['\x80\x01N.', '(I1\n.', 'N.', '', '\x80']) {
      expect(sentenceOf(() => readPickle(raw(start)))).toBe(
        `${INVALID}it does not begin as one of protocol 2 to 5`,
      );
    }
  });

  it('is refused where joblib wrote it', () => {
    const wrapper = raw(global('joblib.numpy_pickle', 'NumpyArrayWrapper'), ')\x81}b');
    expect(sentenceOf(() => readPickle(pickle(wrapper, 'raw bytes of the array')))).toBe(
      'UNSUPPORTED_MODEL: the pickle was written by joblib.dump, which is not read: save the model with mlflow.sklearn.log_model',
    );
    expect(sentenceOf(() => readPickle(raw('\x78\x9c\x01')))).toContain(
      'is compressed, perhaps by joblib.dump',
    );
  });

  it('is refused where a byte is no opcode', () => {
    expect(sentenceOf(() => readPickle(pickle('\xff')))).toBe(`${INVALID}byte 2 is no opcode (255)`);
  });
});

describe('a pickle whose stack or memo is wrong', () => {
  it.each([
    ['takes from nothing', '0', 'an opcode takes a value that is not there'],
    ['takes below a mark', 'N(0b', 'an opcode takes a value that is not there'],
    ['takes a mark that is not there', 'NNt', 'an opcode takes a mark that is not there'],
    ['leaves values', 'NN', 'it ends before all its values are used'],
    ['leaves marks', '(N', 'it ends before all its values are used'],
    [
      'recalls what it did not store',
      'j\xff\xff\xff\xff',
      'it refers to value 4294967295, which it did not store',
    ],
    ['has a key without a value', '}(K\x01u', 'a key has no value'],
    ['adds to a number', 'K\x01Na', 'items are added to what takes none'],
    ['gives a number a state', 'K\x01Nb', 'a plain value is given a state'],
    ['calls a number', 'K\x01)R', 'what is called has no name'],
    ['calls with a number', 'cos\nsystem\nK\x01R', 'the arguments of a call are no tuple'],
    ['names by a number', 'K\x01K\x01\x93', 'a name is no text'],
    ['has a text that is none', '\x8c\x02\xc3(', 'a text at byte 4 is no UTF-8'],
    ['has half a surrogate', '\x8c\x03\xed\xa0\x80', 'a text at byte 4 is no UTF-8'],
  ])('is refused: %s', (_name, part, why) => {
    expect(sentenceOf(() => readPickle(pickle(part)))).toBe(`${INVALID}${why}`);
  });

  it('is read where the memo has the largest index', () => {
    const index = uint32(2 ** 32 - 1);
    expect(readPickle(pickle(']r', index, '0j', index))).toEqual({ kind: 'list', items: [] });
  });

  it('is refused where a name is endless', () => {
    const long = text('m'.repeat(256));
    expect(sentenceOf(() => readPickle(pickle(long, text('a'), '\x93')))).toContain(
      'named by more than 255 characters',
    );
  });
});

describe('a pickle whose arrays are wrong', () => {
  const state = (shape: string, bytes: string, dtype: Uint8Array | string = DTYPE) =>
    pickle(ARRAY, '(K\x01', shape, dtype, '\x89', bytes, 'tb');

  it('is read where they are right', () => {
    expect(readPickle(state('K\x01\x85', `C\x08${'\0'.repeat(8)}`))).toMatchObject({
      kind: 'array',
      shape: [1],
    });
  });

  it.each([
    ['too few bytes', 'K\x02\x85', 'C\x01a', 'has 1 bytes'],
    ['a shape beyond memory', '\x8a\x06\0\0\0\0\0\x01\x85', 'C\x01a', 'has 1 bytes'],
    [
      'a shape beyond numbers',
      '(\x8a\x06\0\0\0\0\0\x01\x8a\x06\0\0\0\0\0\x01t',
      'C\x01a',
      'the shape of an array is none',
    ],
    ['a negative shape', 'J\xff\xff\xff\xff\x85', 'C\0', 'the shape of an array is none'],
    ['a shape of texts', '\x8c\x01a\x85', 'C\0', 'the shape of an array is none'],
    ['no bytes', 'K\0\x85', 'N', 'an array has no bytes'],
    ['no shape', 'N', 'C\0', 'an array has no shape'],
  ])('is refused: %s', (_name, shape, bytes, why) => {
    expect(sentenceOf(() => readPickle(state(shape, bytes)))).toContain(why);
  });

  it('is inert where the dtype is a class of its own, or has its elements in a list', () => {
    const dtype = raw(global('numpy.dtypes', 'StringDType'), ')R');
    expect(readPickle(state('K\x01\x85', 'C\0', dtype))).toMatchObject({
      kind: 'object',
      type: 'numpy.ndarray',
    });
    const texts = readPickle(state('K\x01\x85', '](\x8c\x01ae', dtype));
    expect(texts).toEqual({ kind: 'object-array', shape: [1], items: ['a'] });
  });

  it('is refused where what stands for the dtype is none', () => {
    expect(sentenceOf(() => readPickle(state('K\0\x85', 'C\0', 'N')))).toBe(
      `${INVALID}an array has no dtype`,
    );
  });

  it('is refused where elements have no size, so that none take any', () => {
    const dtype = raw(global('numpy', 'dtype'), text('V0'), '\x89\x88\x87R');
    expect(sentenceOf(() => readPickle(state('J\xff\xff\xff\x7f\x85', 'C\0', dtype)))).toContain(
      'have no size',
    );
  });

  it('is refused where a field lies outside its record', () => {
    const fields = raw('}', text('a'), DTYPE, 'J', uint32(60), '\x86s');
    const record = raw(
      global('numpy', 'dtype'),
      text('V64'),
      '\x89\x88\x87R(K\x03',
      text('|'),
      'N',
      text('a'),
      '\x85',
      fields,
      'K\x40K\x01K\0tb',
    );
    expect(sentenceOf(() => readPickle(state('K\0\x85', 'C\0', record)))).toContain(
      'lies outside its elements',
    );
  });
});

describe('a pickle whose array is in an order of its own', () => {
  const array = (order: string) =>
    pickle(
      global('numpy.core.numeric', '_frombuffer'),
      '(C\x06',
      'abcdef',
      BYTES,
      'K\x02K\x03\x86',
      order,
      'tR',
    );
  const BYTES = raw(global('numpy', 'dtype'), text('u1'), '\x89\x88\x87R');

  it('has its bytes in row-major order', () => {
    const value = readPickle(array('\x8c\x01KK\x01K\0\x86')) as NdArray;
    expect(value).toMatchObject({ shape: [3, 2], isFortran: false });
    expect(Buffer.from(value.bytes).toString()).toBe('adbecf');
  });

  it.each([
    ['no order', 'N', 'an array has no order'],
    ['no axes', '\x8c\x01K', 'an array has no order'],
    ['an axis twice', '\x8c\x01KK\x01K\x01\x86', 'an array has no order of its axes'],
    ['too many axes', '\x8c\x01KK\0K\x01K\x02\x87', 'an array has no order of its axes'],
  ])('is refused: %s', (_name, order, why) => {
    expect(sentenceOf(() => readPickle(array(order)))).toBe(`${INVALID}${why}`);
  });
});

describe('a pickle that is odd, but no more than data', () => {
  it('has keys that are names of JavaScript', () => {
    const value = readPickle(
      pickle(global('a', 'B'), ')\x81}', text('__proto__'), '}', text('polluted'), '\x88ssb'),
    ) as StoredObject;
    expect([...value.attributes.keys()]).toEqual(['__proto__']);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it('contains itself', () => {
    const list = readPickle(pickle(']\x94h\0a')) as StoredList;
    expect(list.items[0]).toBe(list);
  });

  it('shares a list so that it stands for 2^60 of them', () => {
    const doubled = Array.from({ length: 60 }, (_, index) => `\x94h${String.fromCharCode(index)}\x86`);
    let value = readPickle(pickle(']', ...doubled));
    for (let depth = 0; depth < 60; depth += 1) {
      expect(at(value, 0)).toBe(at(value, 1));
      value = at(value, 0);
    }
    expect(value).toEqual({ kind: 'list', items: [] });
  });

  it('nests a million tuples', () => {
    let value = readPickle(pickle(')', '\x85'.repeat(1_000_000))) as StoredValue;
    let depth = 0;
    while ((value as StoredList).items.length > 0) {
      value = at(value, 0);
      depth += 1;
    }
    expect(depth).toBe(1_000_000);
  });

  it('ends before the file does', () => {
    expect(readPickle(raw('\x80\x04K\x07.behind it'))).toBe(7);
  });
});
