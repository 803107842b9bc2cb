import { GatewayError } from '../../../../../errors.ts';
import type { Stored } from '../../../values/stored.ts';
import { EXPORT_INSTEAD } from '../../export-instead.ts';
import type { Tree } from '../../trees/tree.ts';
import type { ColumnViews } from './column-views.ts';

const CATEGORICAL = 1;
const DEFAULT_LEFT = 2;
const MISSING = { none: 0, zero: 1, nan: 2 } as const;

export interface LightgbmTree {
  readonly tree: Tree;
  /** At a leaf's node: what it adds. */
  readonly values: Float64Array;
}

/**
 * A tree as LightGBM's text has it (`include/LightGBM/tree.h`): nodes that compare are numbered from 0, and a child below 0 is
 * a leaf. Here the leaves follow the nodes that compare.
 *
 * @param views gives the column that a node compares; see there.
 */
export function lightgbmTree(stored: Stored, views: ColumnViews): LightgbmTree {
  const leaves = stored.get('num_leaves').integer();
  const leafValues = stored.get('leaf_value').numbersOfShape(-1).values;
  if (leaves < 1 || leafValues.length !== leaves)
    throw new GatewayError(
      'INVALID_MODEL',
      `${stored.path} has ${leaves} leaves, and ${leafValues.length} values`,
    );
  if (!leafValues.every(Number.isFinite))
    throw new GatewayError('INVALID_MODEL', `${stored.path} has a leaf that is no finite number`);
  if (stored.find('is_linear')?.number()) {
    throw new GatewayError(
      'UNSUPPORTED_MODEL',
      `${stored.path} has linear models in its leaves (linear_tree), which are not converted; ${EXPORT_INSTEAD}`,
    );
  }
  const inner = leaves - 1;
  const values = new Float64Array(inner + leaves);
  values.set(leafValues, inner);
  const tree = emptyTree(inner + leaves);
  if (inner > 0) addNodes(stored, inner, tree, views);
  return { tree, values };
}

type FilledTree = Tree & { readonly missing: Uint8Array; readonly sets: Map<number, readonly number[]> };

function emptyTree(count: number): FilledTree {
  return {
    yes: new Int32Array(count).fill(-1),
    no: new Int32Array(count).fill(-1),
    feature: new Int32Array(count),
    threshold: new Float64Array(count),
    missing: new Uint8Array(count),
    sets: new Map(),
  };
}

function addNodes(stored: Stored, inner: number, tree: FilledTree, views: ColumnViews): void {
  const read = (name: string) => stored.get(name).numbersOfShape(inner).values;
  const left = read('left_child');
  const right = read('right_child');
  const features = read('split_feature');
  const thresholds = read('threshold');
  const decisions = read('decision_type');
  const bitsets = new Bitsets(stored);
  for (let node = 0; node < inner; node += 1) {
    const decision = decisions[node] as number;
    const threshold = thresholds[node] as number;
    const feature = features[node] as number;
    const missing = (decision >> 2) & 3;
    tree.yes[node] = childOf(left[node] as number, inner, stored);
    tree.no[node] = childOf(right[node] as number, inner, stored);
    if ((decision & CATEGORICAL) !== 0) {
      tree.feature[node] = views.view(feature, 'category', stored);
      tree.sets.set(node, bitsets.members(threshold));
      continue;
    }
    tree.feature[node] = views.view(feature, missing === MISSING.zero ? 'zero-is-missing' : 'plain', stored);
    tree.threshold[node] = threshold;
    views.compare(threshold);
    const isLeft = missing === MISSING.none ? threshold >= 0 : (decision & DEFAULT_LEFT) !== 0;
    tree.missing[node] = isLeft ? 1 : 0;
  }
}

/** What is below 0 is a leaf: −1 the first. */
function childOf(child: number, inner: number, stored: Stored): number {
  const node = child < 0 ? inner - child - 1 : child;
  if (Number.isInteger(child) && node >= 0 && node <= 2 * inner) return node;
  throw new GatewayError('INVALID_MODEL', `${stored.path} has a child ${child}, and ${inner + 1} leaves`);
}

/** The sets of categories of a tree: bits in words of 32, the words of each set between two boundaries. */
class Bitsets {
  readonly #stored: Stored;
  readonly #boundaries: Float64Array;
  readonly #words: Float64Array;

  constructor(stored: Stored) {
    const has = stored.has('cat_boundaries');
    this.#stored = stored;
    this.#boundaries = has ? stored.get('cat_boundaries').numbersOfShape(-1).values : new Float64Array(0);
    this.#words = has ? stored.get('cat_threshold').numbersOfShape(-1).values : new Float64Array(0);
  }

  members(index: number): number[] {
    const start = this.#boundaries[index];
    const end = this.#boundaries[index + 1];
    const isRange = start !== undefined && end !== undefined && start >= 0 && start <= end;
    if (!isRange || end > this.#words.length || !Number.isInteger(start) || !Number.isInteger(end))
      throw new GatewayError('INVALID_MODEL', `${this.#stored.path} has no set of categories ${index}`);
    const members: number[] = [];
    for (let at = start; at < end; at += 1) {
      const word = this.#words[at] as number;
      if (word >>> 0 !== word)
        throw new GatewayError('INVALID_MODEL', `${this.#stored.path}: ${word} is no word of 32 bits`);
      for (let bit = 0; bit < 32; bit += 1) if ((word >>> bit) & 1) members.push((at - start) * 32 + bit);
    }
    return members;
  }
}
