import { describe, expect, it } from 'vitest';
import { convertModel } from '../../../../../src/formats/fitted/convert/convert-model.ts';
import { readXgboost } from '../../../../../src/formats/fitted/files/xgboost/read-xgboost.ts';
import { Stored } from '../../../../../src/formats/fitted/values/stored.ts';
import { boosterBytes, boosterFixtures, readBooster } from '../../booster-fixtures.ts';

const encoder = new TextEncoder();

describe('readXgboost', () => {
  it.each(boosterFixtures('json'))('reads the same of JSON as of UBJSON: %s', (file) => {
    const json = new Stored(readXgboost(boosterBytes(file)));
    const ubjson = new Stored(readXgboost(boosterBytes(file.replace('.json', '.ubj'))));
    const gradient = (model: Stored) => model.get('learner').get('gradient_booster');
    expect(ubjson.get('version').numbers().values).toEqual(json.get('version').numbers().values);
    expect(gradient(ubjson).get('name').text()).toBe(gradient(json).get('name').text());
    if (file.startsWith('linear')) {
      const weights = (model: Stored) => gradient(model).get('model').get('weights').numbers().values;
      expect(weights(ubjson)).toEqual(weights(json).map(Math.fround));
      return;
    }
    const trees = (model: Stored) => {
      const own = gradient(model);
      return (own.has('gbtree') ? own.get('gbtree') : own).get('model').get('trees').items();
    };
    expect(trees(ubjson)).toHaveLength(trees(json).length);
    for (const [at, tree] of trees(ubjson).entries()) {
      for (const name of [
        'left_children',
        'right_children',
        'split_indices',
        'split_conditions',
        'default_left',
      ]) {
        const expected = (trees(json)[at] as Stored).get(name).numbers().values.map(Math.fround);
        expect(tree.get(name).numbers().values).toEqual(expected);
      }
    }
  });

  it.each(boosterFixtures('xgb'))('reads the same graph of the binary format as of JSON: %s', (file) => {
    const graph = (name: string) => convertModel(readBooster(name), null).onnx;
    expect(graph(file)).toEqual(graph(file.replace('.xgb', '.json')));
  });

  it.each([
    ['CONFIG-offset:\0\0', 'before 1.6'],
    ['bs64', 'before 1.6'],
  ])('refuses what begins with %j by name, and says how to save instead', (start, message) => {
    expect(() => readXgboost(encoder.encode(start))).toThrow(
      expect.objectContaining({ code: 'UNSUPPORTED_MODEL', message: expect.stringContaining(message) }),
    );
  });

  it.each<[string, number, readonly number[], string]>([
    ['2^31 − 1 trees', 168, [0xff, 0xff, 0xff, 0x7f], 'is cut off'],
    ['−1 trees', 168, [0xff, 0xff, 0xff, 0xff], 'is cut off'],
    ['an objective of 2^62 characters', 140, [0, 0, 0, 0, 0, 0, 0, 0x40], 'is cut off'],
    ['2^31 − 1 nodes in a tree', 332, [0xff, 0xff, 0xff, 0x7f], 'is cut off'],
    ['no version', 24, [0, 0, 0, 0], 'before 1.0'],
  ])('refuses %s in the binary format', (_what, at, value, message) => {
    const bytes = boosterBytes('regression.1.7.xgb');
    const objective = new DataView(bytes.buffer).getUint32(140, true);
    const booster = 'gbtree'.length;
    bytes.set(value, at >= 168 ? at - 168 + 4 + 136 + 8 + objective + 8 + booster : at);
    expect(() => readXgboost(bytes)).toThrow(
      expect.objectContaining({ message: expect.stringContaining(message) }),
    );
  });

  it.each(boosterFixtures('ubj', 'xgb'))('refuses a file that is cut off: %s', (file) => {
    const bytes = boosterBytes(file);
    for (let length = 0; length < bytes.length; length += 11) {
      expect(() => readXgboost(bytes.subarray(0, length))).toThrow(
        expect.objectContaining({ code: 'INVALID_MODEL' }),
      );
    }
  });

  it.each<[string, readonly number[]]>([
    ['an array of 10^18 numbers', [0x5b, 0x24, 0x64, 0x23, 0x4c, 0x0d, 0xe0, 0xb6, 0xb3, 0xa7, 0x64, 0, 0]],
    ['a list of 10^18 items', [0x5b, 0x23, 0x4c, 0x0d, 0xe0, 0xb6, 0xb3, 0xa7, 0x64, 0, 0]],
    ['a text of 2^31 − 1 bytes', [0x53, 0x6c, 0x7f, 0xff, 0xff, 0xff]],
    ['an array of −1 numbers', [0x5b, 0x24, 0x64, 0x23, 0x69, 0xff]],
    ['an array of objects', [0x5b, 0x24, 0x7b, 0x23, 0x69, 1]],
    ['an unknown marker', [0x78]],
    ['lists in lists', new Array(100_000).fill(0x5b)],
  ])('refuses %s at once', (_name, value) => {
    const bytes = Uint8Array.from([0x7b, 0x69, 1, 0x61, ...value]);
    expect(() => readXgboost(bytes)).toThrow(expect.objectContaining({ code: 'INVALID_MODEL' }));
  });

  it.each([
    ['{"learner": [', 'INVALID_MODEL'],
    [`{"learner": ${'['.repeat(100_000)}`, 'INVALID_MODEL'],
    ['{"version": [3, 2, 0]}', 'INVALID_MODEL'],
    ['[1, 2]', 'INVALID_MODEL'],
    ['', 'INVALID_MODEL'],
    ['PK\u0003\u0004', 'INVALID_MODEL'],
  ])('refuses the text %j', (text, code) => {
    expect(() => readXgboost(encoder.encode(text))).toThrow(expect.objectContaining({ code }));
  });
});
