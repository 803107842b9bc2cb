import { describe, expect, it } from 'vitest';
import { numbersOf, textsOf } from '../../../../src/formats/fitted/values/array-elements.ts';
import type { NdArray } from '../../../../src/formats/fitted/values/nd-array.ts';
import type {
  StoredList,
  StoredObject,
  StoredValue,
} from '../../../../src/formats/fitted/values/stored-value.ts';
import { at, isObject, PICKLES, readFixture, VERSIONS } from './fixture-files.ts';

/** Random generators and scipy's matrices have other states in skops than in a pickle; no prediction needs them. */
function dropStates(value: StoredValue, seen = new Set<StoredValue>()): StoredValue {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array || seen.has(value))
    return value;
  seen.add(value);
  if (value.kind === 'list' || value.kind === 'object-array')
    for (const item of value.items) dropStates(item, seen);
  if (value.kind === 'map') for (const item of value.entries.values()) dropStates(item, seen);
  if (value.kind === 'object') {
    for (const [name, item] of value.attributes) {
      if (isObject(item) && /^(numpy\.random|scipy\.sparse)\./.test(item.type)) value.attributes.delete(name);
      else dropStates(item, seen);
    }
  }
  return value;
}

describe.each(VERSIONS)('a model of %s', (version) => {
  describe.each(['pipeline', 'boosting', 'ridge', 'words'])('that is a %s', (model) => {
    const expected = dropStates(readFixture(`${version}/${model}.skops`));

    it.each(PICKLES)('is the same in %s as in skops', (ending) => {
      expect(dropStates(readFixture(`${version}/${model}.${ending}`))).toEqual(expected);
    });
  });

  describe.each(['skops', ...PICKLES])('in %s', (ending) => {
    const ridge = readFixture(`${version}/ridge.${ending}`);
    const words = readFixture(`${version}/words.${ending}`);
    const pipeline = readFixture(`${version}/pipeline.${ending}`);
    const array = (value: StoredValue) => value as NdArray;

    it('has its class and the version that saved it', () => {
      expect(ridge.type).toBe('sklearn.linear_model._ridge.Ridge');
      expect(at(ridge, '_sklearn_version')).toMatch(version === 'sklearn-1.2' ? /^1\.2\./ : /^1\.9\./);
    });

    it('has coefficients in the order in which they lie', () => {
      const coefficients = array(at(ridge, 'coef_'));
      expect(coefficients.shape).toEqual([3, 4]);
      expect(coefficients.isFortran).toBe(true);
      expect([...numbersOf(coefficients)]).toEqual((at(ridge, 'coefficient_list_') as StoredList).items);
    });

    it('has keys of every kind, in order', () => {
      const keys = at(ridge, 'keys_') as { entries: Map<StoredValue, StoredValue> };
      expect([...keys.entries]).toEqual([
        [10, 'ten'],
        ['x', 1],
        [9, 2.5],
        ['8', 3],
      ]);
      expect([...(at(ridge, 'floats_') as typeof keys).entries]).toEqual([
        [0.5, 1],
        [Number.NaN, 2],
      ]);
      expect([...(at(ridge, 'flags_') as typeof keys).entries]).toEqual([
        [true, 1],
        [false, 2],
      ]);
      const vocabulary = at(words, 'vocabulary_') as typeof keys;
      expect(new Set(vocabulary.entries.keys())).toEqual(new Set(['2020', '10', 'cats', 'in', 'hat']));
    });

    it('has numbers, texts and bytes', () => {
      expect(at(ridge, 'numbers_')).toEqual({
        kind: 'list',
        items: [
          Number.POSITIVE_INFINITY,
          Number.NEGATIVE_INFINITY,
          2n ** 70n,
          -(2n ** 53n) - 1n,
          2 ** 53 - 1,
          -1.5e-300,
          255,
          65536,
        ],
      });
      expect(at(ridge, 'texts_')).toEqual({ kind: 'list', items: ['é🗼', '', 'a"\\\n', 'x'.repeat(100)] });
      expect(at(ridge, 'scalars_')).toEqual({
        kind: 'list',
        items: [1.5, Math.fround(0.1), -(2n ** 62n), true, 'é🗼'],
      });
      expect(at(ridge, 'bytes_')).toEqual(Uint8Array.of(0, 255));
      expect(at(ridge, 'bytearray_')).toEqual(Uint8Array.of(1, 254));
      expect(at(ridge, 'empty_bytes_')).toEqual(new Uint8Array(0));
    });

    it('has arrays of every kind', () => {
      expect(at(ridge, 'objects_')).toEqual({
        kind: 'object-array',
        shape: [2, 2],
        items: ['a', null, 1, 2.5],
      });
      expect((at(ridge, 'dates_') as StoredObject).type).toBe('numpy.ndarray');
      expect(textsOf(array(at(ridge, 'wide_')))).toEqual(['é🗼', 'ab']);
      expect([...numbersOf(array(at(ridge, 'big_endian_')))]).toEqual([1, 2, 3]);
      expect(array(at(ridge, 'empty_')).shape).toEqual([0, 3]);
      const cube = array(at(ridge, 'cube_'));
      expect(cube.shape).toEqual([3, 2, 4]);
      // numpy.arange(24).reshape(2, 3, 4).transpose(1, 0, 2).ravel()
      expect([...numbersOf(cube)]).toEqual(
        [0, 12, 4, 16, 8, 20].flatMap((first) => [first, first + 1, first + 2, first + 3]),
      );
      expect(at(ridge, 'set_')).toEqual({ kind: 'list', items: [7] });
    });

    it('has names of today, and nothing of what they name', () => {
      expect(at(ridge, 'type_')).toEqual({ kind: 'name', name: 'numpy.float64' });
      expect(at(ridge, 'function_')).toEqual({ kind: 'name', name: 'numpy.log1p' });
      expect((at(ridge, 'dtype_') as StoredObject).args).toEqual(['f4']);
    });

    it('has the trees of a forest within a pipeline', () => {
      const forest = at(pipeline, 'steps', 1, 1);
      const tree = at(forest, 'estimators_', 0, 'tree_') as StoredObject;
      expect(tree.type).toBe('sklearn.tree._tree.Tree');
      expect(tree.args[0]).toBe(7);
      const nodes = array(tree.attributes.get('nodes')!);
      const left = numbersOf(nodes, 'left_child');
      expect(left.length).toBe(tree.attributes.get('node_count'));
      expect(left[0]).toBe(1);
      expect(textsOf(array(at(forest, 'classes_')))).toEqual(['a', 'b', 'c']);
      expect(at(pipeline, 'steps', 0, 1, 'transformers_', 3, 2)).toEqual({
        kind: 'object',
        type: 'builtins.slice',
        args: [1, 2, null],
        attributes: new Map(),
      });
    });
  });

  it('with a class of its own is read with its name, and its code is left alone', () => {
    const custom = readFixture(`${version}/custom.cloudpickle.pkl`);
    expect((at(custom, 'steps', 0, 1) as StoredObject).type).toBe('__main__.Doubler');
  });
});
