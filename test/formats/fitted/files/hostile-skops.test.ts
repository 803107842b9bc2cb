import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readSkops } from '../../../../src/formats/fitted/files/skops/read-skops.ts';
import type { NdArray } from '../../../../src/formats/fitted/values/nd-array.ts';
import type { StoredMap, StoredObject } from '../../../../src/formats/fitted/values/stored-value.ts';
import { at, fixtureFile } from './fixture-files.ts';
import { refusalOf, sentenceOf } from './outcome.ts';
import { dictNode, node, schemaZip, type ZipLies, type ZipPart, zipOf } from './zip-bytes.ts';

const ZIP = 'INVALID_MODEL: the zip of skops ';
const INVALID = 'INVALID_MODEL: the skops file cannot be read: ';
const json = (content: string) => node('JsonNode', { content, is_json: true });
const list = (...content: readonly unknown[]) => node('ListNode', { content });
const bytes = (content: string, name = 'a'): ZipPart => ({ name, content: Buffer.from(content) });

/** A `.npy` file with this header. */
function npy(header: string, data = new Uint8Array(0), version = 1): Uint8Array {
  const length = Buffer.alloc(version === 1 ? 2 : 4);
  if (version === 1) length.writeUInt16LE(header.length);
  else length.writeUInt32LE(header.length);
  const magic = Buffer.from(`\x93NUMPY${String.fromCharCode(version)}\0`, 'latin1');
  return Buffer.concat([magic, length, Buffer.from(header), data]);
}

function arrayZip(content: Uint8Array): Uint8Array {
  const root = node('NdArrayNode', { type: 'numpy', file: '1.npy', __class__: 'ndarray' });
  return schemaZip(root, [{ name: '1.npy', content }]);
}

describe('a zip', () => {
  it.each<[string, readonly ZipPart[], ZipLies, string]>([
    ['two files of one name', [bytes('x'), bytes('y')], {}, 'has two files "a"'],
    ['a name that leaves the folder', [bytes('x', '../a')], {}, 'has a file name that is none: "../a"'],
    ['a name of a folder', [bytes('x', 'a/b')], {}, 'has a file name that is none: "a/b"'],
    ['a name of Windows', [bytes('x', 'a\\b')], {}, 'has a file name that is none'],
    ['no name', [bytes('x', '')], {}, 'has a file name that is none: ""'],
    ['a name that ends early', [bytes('x', 'a\0b')], {}, 'has a file name that is none'],
    [
      'another name in front of the file',
      [{ ...bytes('x'), localName: 'b' }],
      {},
      'has no "a" where it says',
    ],
    [
      'files that overlap',
      [bytes('x'), { ...bytes('x', 'b'), offset: 0, localName: 'b' }],
      {},
      'has no "b" where it says',
    ],
    ['a file that lies nowhere', [{ ...bytes('x'), offset: 10_000 }], {}, 'has a broken directory'],
    ['two sizes of a stored file', [{ ...bytes('x'), size: 1000 }], {}, 'tells two sizes of "a"'],
    ['a password', [{ ...bytes('x'), flags: 1 }], {}, 'is encrypted'],
    ['another method', [{ ...bytes('x'), method: 12 }], {}, 'packs "a" by a method that is not read (12)'],
    ['more files than it has', [bytes('x')], { count: 2 }, 'has a broken directory'],
    [
      'a directory that lies behind it',
      [bytes('x')],
      { directoryOffset: 10_000 },
      'has a directory that is not where it says',
    ],
    [
      'a billion files',
      [bytes('x')],
      { count: 0xffff, count64: 1_000_000_000n },
      'has more than 500000 files',
    ],
    ['2^64 files', [bytes('x')], { count: 0xffff, count64: 2n ** 64n - 1n }, 'has more than 500000 files'],
    ['a number of zip64 that is not there', [bytes('x')], { count: 0xffff }, 'has a broken directory'],
  ])('is refused: %s', (_name, parts, lies, why) => {
    expect(sentenceOf(() => readSkops(zipOf(parts, lies)))).toContain(ZIP + why);
  });

  it('is refused where files share bytes', () => {
    // The content of the first is a whole second file, which the directory names, too.
    const inner = zipOf([bytes('xyz', 'b')]).subarray(0, 30 + 1 + 3);
    const parts = [
      { name: 'a', content: inner },
      { ...bytes('xyz', 'b'), offset: 31 },
    ];
    expect(sentenceOf(() => readSkops(zipOf(parts)))).toBe(`${ZIP}has files that overlap`);
  });

  it('is refused where a checksum is wrong', () => {
    const parts = [{ ...bytes('x', 'a'), crc: crc32('y') }];
    expect(sentenceOf(() => readSkops(schemaZip(dictNode('a'), parts)))).toBe(
      `${ZIP}has damaged bytes in "a"`,
    );
  });

  it('is read with a number of zip64', () => {
    const file = zipOf([bytes(JSON.stringify({ ...json('7'), protocol: 2 }), 'schema.json')], {
      count: 0xffff,
      count64: 1n,
    });
    expect(readSkops(file)).toBe(7);
  });

  it('is refused wherever it is cut off', () => {
    const file = fixtureFile('sklearn-1.9/words.skops');
    for (let length = 0; length < file.length; length += 1) {
      expect(refusalOf(() => readSkops(file.subarray(0, length))).code).toBe('INVALID_MODEL');
    }
  });

  it('is refused wherever a bit is flipped in its arrays', () => {
    const file = fixtureFile('sklearn-1.9/words.skops');
    const at = Buffer.from(file).indexOf('\x93NUMPY', 0, 'latin1');
    for (let offset = 0; offset < 128; offset += 1) {
      const damaged = Uint8Array.from(file);
      damaged[at + offset]! ^= 1;
      expect(sentenceOf(() => readSkops(damaged))).toContain('has damaged bytes in');
    }
  });
});

describe('a schema', () => {
  it.each<[string, unknown, string]>([
    ['no JSON', '{', 'its schema.json is no JSON'],
    ['a list', '[]', 'its schema.json is no object'],
    ['no protocol', '{}', 'it does not tell its protocol'],
    ['a protocol that is a text', '{"protocol":"2"}', 'it does not tell its protocol'],
    ['no node', '{"protocol":2}', 'a node has no loader'],
    ['no UTF-8', Buffer.from([0x22, 0xff, 0x22]), 'its schema.json is no UTF-8'],
  ])('is refused: %s', (_name, content, why) => {
    const part = { name: 'schema.json', content: Buffer.from(content as string) };
    expect(sentenceOf(() => readSkops(zipOf([part])))).toContain(INVALID + why);
  });

  it('is refused where it is not there, or of another protocol', () => {
    expect(sentenceOf(() => readSkops(zipOf([bytes('x')])))).toBe(`${INVALID}it has no schema.json`);
    const part = { name: 'schema.json', content: Buffer.from('{"protocol":3}') };
    expect(sentenceOf(() => readSkops(zipOf([part])))).toContain(
      'UNSUPPORTED_MODEL: the skops file is of protocol 3',
    );
  });

  it('is refused where values are nested without end', () => {
    const nest = (depth: number) => {
      let root = json('1');
      for (let level = 0; level < depth; level += 1) root = list(root);
      return schemaZip(root);
    };
    expect(readSkops(nest(199))).toMatchObject({ kind: 'list' });
    expect(sentenceOf(() => readSkops(nest(200)))).toBe(`${INVALID}it nests values more than 200 deep`);
    const deep = `${'{"__loader__":"ListNode","content":['.repeat(100_000)}${']}'.repeat(100_000)}`;
    const content = Buffer.from(`{"protocol":2,${deep.slice(1)}`);
    expect(sentenceOf(() => readSkops(zipOf([{ name: 'schema.json', content }])))).toBe(
      `${INVALID}it nests values more than 200 deep`,
    );
  });

  it.each<[string, object, string]>([
    ['a list without items', node('ListNode'), 'a ListNode has no "content" as it has to have'],
    ['a value that is no node', list(7), 'a value is no node'],
    [
      'a dict without types',
      node('DictNode', { content: {} }),
      'a DictNode has no "key_types" as it has to have',
    ],
    [
      'a tree without arguments',
      node('TreeNode', { content: dictNode() }),
      'a TreeNode has no "__reduce__" as it has to have',
    ],
    [
      'a tree with an argument that is no tuple',
      node('TreeNode', { __reduce__: { args: json('1') }, content: dictNode() }),
      'the arguments of a call are no tuple',
    ],
    ['a number that is none', json('1_000'), 'a value is no JSON'],
    ['code in place of a value', json('__import__("os")'), 'a value is no JSON'],
    ['a text that does not end', json('"abc'), 'a text is no JSON'],
    ['an endless integer', json('9'.repeat(200)), 'an integer has 200 digits'],
    [
      'objects of another shape',
      node('NdArrayNode', { type: 'json', content: [json('1')], shape: list(json('2')) }),
      'an array of shape [2] has 1 objects',
    ],
    [
      'a slice of nodes',
      node('SliceNode', { content: { start: {}, stop: 1, step: 1 } }),
      'a plain value is missing',
    ],
  ])('is refused: %s', (_name, root, why) => {
    expect(sentenceOf(() => readSkops(schemaZip(root)))).toBe(INVALID + why);
  });

  it('is refused where a file is not there', () => {
    expect(sentenceOf(() => readSkops(schemaZip(dictNode('../../etc/passwd'))))).toBe(
      `${ZIP}has no file "../../etc/passwd"`,
    );
    expect(
      sentenceOf(() => readSkops(schemaZip(node('NdArrayNode', { type: 'numpy', file: 'schema.json' })))),
    ).toContain('"schema.json" is no NumPy array');
  });

  it('has one value for a file that two nodes name', () => {
    const array = node('NdArrayNode', { type: 'numpy', file: '1.npy', __class__: 'ndarray' });
    const content = npy("{'descr': '|b1', 'fortran_order': False, 'shape': (1,), }", Uint8Array.of(1));
    const value = readSkops(schemaZip(list(array, array), [{ name: '1.npy', content }]));
    expect(at(value, 0)).toBe(at(value, 1));
    expect((at(value, 0) as NdArray).bytes).toEqual(Uint8Array.of(1));
  });
});

describe('a schema that is odd, but no more than data', () => {
  it('has a loader that is not known', () => {
    const value = readSkops(
      schemaZip(node('QuantileForestNode', { content: 7, __module__: 'os', __class__: 'system' })),
    ) as StoredObject;
    expect(value).toEqual({ kind: 'object', type: 'os.system', args: [], attributes: new Map() });
  });

  it('has a loader without a class', () => {
    const value = readSkops(
      schemaZip({ __class__: null, __module__: null, __loader__: 'CachedNode', __id__: 7 }),
    );
    expect(value).toEqual({ kind: 'object', type: 'CachedNode', args: [], attributes: new Map() });
  });

  it('has an array of one object and no dimensions', () => {
    const shape = node('TupleNode', { __class__: 'tuple', content: [] });
    const root = node('NdArrayNode', { type: 'json', content: 'null', shape, __class__: 'ndarray' });
    expect(readSkops(schemaZip(root))).toMatchObject({ kind: 'object', type: 'numpy.ndarray' });
  });

  it('has a loader that is a name of JavaScript', () => {
    expect((readSkops(schemaZip(node('constructor'))) as StoredObject).type).toBe('test.constructor');
  });

  it('has keys that are names of JavaScript', () => {
    const types = node('ListNode', { content: [node('TypeNode', { __class__: 'str' })] });
    const root = `{"protocol":2,"__loader__":"DictNode","key_types":${JSON.stringify(types)},"content":{"__proto__":${JSON.stringify(json('1'))}}}`;
    const value = readSkops(zipOf([{ name: 'schema.json', content: Buffer.from(root) }])) as StoredMap;
    expect([...value.entries]).toEqual([['__proto__', 1]]);
  });

  it.each<[string, unknown]>([
    ['NaN', Number.NaN],
    ['-Infinity', Number.NEGATIVE_INFINITY],
    ['Infinity', Number.POSITIVE_INFINITY],
    ['9007199254740993', 9007199254740993n],
    ['-1e400', Number.NEGATIVE_INFINITY],
    ['1e+16', 1e16],
    ['-0.0', -0],
    ['null', null],
    ['true', true],
    ['"a b"', 'a b'],
    ['"\\ud83d\\uddfc"', '🗼'],
  ])('has %s as Python has it', (content, expected) => {
    expect(readSkops(schemaZip(json(content)))).toBe(expected);
  });
});

describe('a .npy file', () => {
  const header = (descr: string, shape: string) =>
    `{'descr': ${descr}, 'fortran_order': False, 'shape': ${shape}, }`;

  it.each<[string, Uint8Array, string]>([
    ['no such file', Buffer.from('PK\x03\x04 and more'), 'it does not begin as one'],
    ['a header beyond its end', npy(header("'<f8'", '(1,)')).subarray(0, 40), 'it is cut off'],
    [
      'an endless header',
      Buffer.concat([Buffer.from('\x93NUMPY\x02\0\xff\xff\xff\xff', 'latin1')]),
      'its header is too long',
    ],
    ['a shape beyond memory', npy(header("'<f8'", '(1099511627776,)')), 'has 0 bytes'],
    [
      'a shape beyond numbers',
      npy(header("'<f8'", '(1099511627776, 1099511627776)')),
      'the shape of an array is none',
    ],
    ['a negative shape', npy(header("'<f8'", '(-1,)')), 'its header does not describe an array'],
    [
      'code in place of a shape',
      npy(header("'<f8'", '__import__("os").system("id")')),
      'its header does not describe an array',
    ],
    [
      'too many dimensions',
      npy(header("'|b1'", `(${'1, '.repeat(65)})`), Uint8Array.of(1)),
      'the shape of an array is none',
    ],
    ['bytes behind it', npy(header("'|b1'", '(1,)'), Uint8Array.of(1, 2)), 'has 2 bytes'],
    ['elements of no size', npy(header("'|V0'", '(1000000,)')), 'have no size'],
    [
      'too many fields',
      npy(header(`[${"('a', '<f8'), ".repeat(201).slice(0, -2)}]`, '(0,)'), new Uint8Array(0), 2),
      'its elements have too many fields',
    ],
  ])('is refused: %s', (_name, content, why) => {
    expect(sentenceOf(() => readSkops(arrayZip(content)))).toContain(why);
  });

  it.each([
    ["'|O'", 'object'],
    ["'<M8[ns]'", 'M8'],
    ["'<c16'", 'c16'],
    ["[('a', '<f8', (3,))]", 'record of other values than numbers'],
  ])('is inert where its elements are %s', (descr, text) => {
    const value = readSkops(arrayZip(npy(header(descr, '(1,)'), new Uint8Array(8)))) as StoredObject;
    expect(value.type).toBe('numpy.ndarray');
    expect((value.attributes.get('dtype') as StoredObject).args).toEqual([text]);
  });
});
