import { GatewayError } from '../../../../errors.ts';
import type { StoredObject } from '../../values/stored-value.ts';
import { doubleArray } from '../double-array.ts';
import { HEAP_COST, type HeapBudget } from '../heap-budget.ts';
import { newObject } from '../inert-object.ts';
import { PLAIN_OBJECT } from '../json-value.ts';

/** What a tree is computed with; gains, weights and counts are left out, since there are more of them than of all else. */
const NUMBERS: ReadonlySet<string> = new Set(['num_leaves', 'num_cat', 'is_linear', 'shrinkage']);
const ARRAYS: ReadonlySet<string> = new Set([
  'split_feature',
  'threshold',
  'decision_type',
  'left_child',
  'right_child',
  'leaf_value',
  'cat_boundaries',
  'cat_threshold',
  'leaf_const',
  'num_features',
  'leaf_features',
  'leaf_coeff',
]);

const WORDS: ReadonlyMap<string, number> = new Map([
  ['nan', Number.NaN],
  ['-nan', Number.NaN],
  ['inf', Number.POSITIVE_INFINITY],
  ['-inf', Number.NEGATIVE_INFINITY],
]);

/**
 * The tree of a block of lines.
 *
 * @throws GatewayError INVALID_MODEL if there is a word where a number belongs.
 */
export function treeValue(block: StoredObject, index: number, budget: HeapBudget): StoredObject {
  const tree = newObject(PLAIN_OBJECT);
  budget.take(HEAP_COST.map);
  for (const [key, text] of block.attributes) {
    if (typeof text !== 'string') continue;
    const isArray = ARRAYS.has(key);
    if (!isArray && !NUMBERS.has(key)) continue;
    const where = `${key} of tree ${index}`;
    budget.take(HEAP_COST.entry + (isArray ? HEAP_COST.array : 0));
    tree.attributes.set(
      key,
      isArray ? doubleArray(numbersIn(text, where, budget)) : numberIn(text.trim(), where),
    );
  }
  return tree;
}

function numbersIn(text: string, where: string, budget: HeapBudget): Float64Array {
  const words = text.split(' ').filter((word) => word !== '');
  budget.take(words.length * HEAP_COST.slot);
  return Float64Array.from(words, (word) => numberIn(word, where));
}

function numberIn(word: string, where: string): number {
  const number = WORDS.get(word) ?? Number(word);
  const isNumber = WORDS.has(word) || (word !== '' && !Number.isNaN(number) && /^[-+.\deE]+$/.test(word));
  if (isNumber) return number;
  throw new GatewayError(
    'INVALID_MODEL',
    `the file is no model of LightGBM: ${where} has "${word.slice(0, 40)}" where a number belongs`,
  );
}
