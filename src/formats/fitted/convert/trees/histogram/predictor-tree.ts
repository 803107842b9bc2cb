import { GatewayError } from '../../../../../errors.ts';
import type { Stored } from '../../../values/stored.ts';
import { int32s } from '../int32s.ts';
import { checkTree, type Tree } from '../tree.ts';
import type { EnsembleTree } from '../tree-ensemble.ts';

/** Bits of a set of categories: eight words of 32. */
const WORDS = 8;
const WORD_BITS = 32;

/**
 * A `TreePredictor` of histogram gradient boosting. It compares doubles by `<=`; nodes of categories ask whether the
 * category is in a set.
 */
export function predictorTree(stored: Stored, width: number, target: number): EnsembleTree {
  const nodes = stored.get('nodes');
  const isLeaf = nodes.field('is_leaf');
  const yes = int32s(nodes.field('left'));
  for (let node = 0; node < yes.length; node += 1) if (isLeaf[node] !== 0) yes[node] = -1;
  const tree: Tree = {
    yes,
    no: int32s(nodes.field('right')),
    feature: int32s(nodes.field('feature_idx')),
    threshold: nodes.field('num_threshold'),
    missing: Uint8Array.from(nodes.field('missing_go_to_left')),
    sets: setsOf(stored, nodes, isLeaf),
  };
  return { tree, shape: checkTree(tree, width, nodes.path), values: nodes.field('value'), target };
}

/** Columns whose nodes ask for categories; they must not compare as well. */
export function categoricalColumns({ tree, shape }: EnsembleTree): number[] {
  return [...shape.inner].filter((node) => tree.sets?.has(node)).map((node) => tree.feature[node] as number);
}

function setsOf(stored: Stored, nodes: Stored, isLeaf: Float64Array): Tree['sets'] {
  const isCategorical = nodes.field('is_categorical');
  const asking = [...isCategorical.keys()].filter((node) => isCategorical[node] !== 0 && isLeaf[node] === 0);
  if (asking.length === 0) return null;
  const places = nodes.field('bitset_idx');
  const { values, shape } = stored.get('raw_left_cat_bitsets').numbersOfShape(-1, WORDS);
  return new Map(
    asking.map((node) => {
      const place = places[node] as number;
      if (place < (shape[0] as number))
        return [node, bitsOf(values.subarray(place * WORDS, (place + 1) * WORDS))];
      throw new GatewayError(
        'INVALID_MODEL',
        `${nodes.path}: node ${node} asks for set ${place} of ${shape[0]}`,
      );
    }),
  );
}

function bitsOf(words: Float64Array): number[] {
  const members: number[] = [];
  for (const [at, word] of words.entries()) {
    for (let bit = 0; bit < WORD_BITS; bit += 1) {
      if (((word >>> bit) & 1) === 1) members.push(at * WORD_BITS + bit);
    }
  }
  return members;
}
