import { describe, expect, it } from 'vitest';
import { readLightgbm } from '../../../../../src/formats/fitted/files/lightgbm/read-lightgbm.ts';
import { Stored } from '../../../../../src/formats/fitted/values/stored.ts';
import { boosterBytes, boosterFixtures } from '../../booster-fixtures.ts';

const decoder = new TextDecoder();
const FILE = 'light_binary.4.7.txt';

describe('readLightgbm', () => {
  it('reads header, trees and settings', () => {
    const model = new Stored(readLightgbm(boosterBytes(FILE)));
    expect(model.get('objective').text()).toBe('binary sigmoid:2');
    expect(model.get('max_feature_idx').text()).toBe('2');
    expect(model.get('parameters').get('num_leaves').text()).toBe('5');
    expect(model.get('pandas_categorical').isNone).toBe(true);
    const [tree] = model.get('trees').items();
    expect(tree?.get('num_leaves').integer()).toBe(5);
    expect(tree?.get('leaf_value').numbersOfShape(5).values.every(Number.isFinite)).toBe(true);
    expect(tree?.has('leaf_count')).toBe(false);
  });

  it('reads the categories of pandas', () => {
    const text = decoder
      .decode(boosterBytes(FILE))
      .replace('pandas_categorical:null', 'pandas_categorical:[["a", "é"], [1, NaN]]');
    const lists = new Stored(readLightgbm(text)).get('pandas_categorical').items();
    expect(lists.map((list) => list.scalars())).toEqual([
      ['a', 'é'],
      [1, Number.NaN],
    ]);
  });

  it.each(boosterFixtures('txt'))('refuses a file that is cut off before its trees end: %s', (file) => {
    const bytes = boosterBytes(file);
    const end = decoder.decode(bytes).indexOf('end of trees');
    for (let length = 0; length < end + 12; length += 7) {
      expect(() => readLightgbm(bytes.subarray(0, length))).toThrow(
        expect.objectContaining({ code: 'INVALID_MODEL' }),
      );
    }
  });

  it.each([
    [/Tree=1\n/, 'Tree=7\n', '"Tree=7" follows 1 trees'],
    [/leaf_value=/, 'leaf_value=0x10 ', 'leaf_value of tree 0 has "0x10" where a number belongs'],
    [/threshold=/, 'threshold=one ', 'threshold of tree 0 has "one" where a number belongs'],
    [/^tree\n/, 'forest\n', 'it does not begin as one of trees'],
    [/pandas_categorical:null/, 'pandas_categorical:[[', 'pandas_categorical is no JSON'],
  ])('refuses a file with %s changed', (pattern, replacement, message) => {
    const text = decoder.decode(boosterBytes(FILE)).replace(pattern, replacement);
    expect(() => readLightgbm(text)).toThrow(
      expect.objectContaining({ code: 'INVALID_MODEL', message: expect.stringContaining(message) }),
    );
  });
});
