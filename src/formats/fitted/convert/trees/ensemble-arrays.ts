import type { Precision } from '../../../../model/precision.ts';
import { roundDown, roundUp } from './round-down.ts';
import type { Tree } from './tree.ts';
import type { EnsembleTree } from './tree-ensemble.ts';

/** ONNX's numbers of the tests. */
const MODES = { '<=': 0, '<': 1, member: 6 } as const;

/** The operator's arrays: nodes that compare and leaves are numbered apart, tree after tree. */
export class EnsembleArrays {
  readonly roots: Int32Array;
  readonly features: Int32Array;
  readonly splits: Float64Array;
  readonly modes: Uint8Array;
  readonly yes: Int32Array;
  readonly yesIsLeaf: Uint8Array;
  readonly no: Int32Array;
  readonly noIsLeaf: Uint8Array;
  readonly missing: Uint8Array;
  readonly targets: Int32Array;
  readonly weights: Float64Array;
  /** The sets of the nodes that ask for membership, in the order of these nodes, a NaN after each. */
  readonly members: number[] = [];
  hasMissing = false;
  readonly #test: '<=' | '<';
  readonly #precision: Precision;
  #nodes = 0;
  #leaves = 0;

  constructor(trees: readonly EnsembleTree[], test: '<=' | '<', precision: Precision) {
    this.#test = test;
    this.#precision = precision;
    // A tree that is one leaf needs a node all the same.
    const nodes = trees.reduce((sum, { shape }) => sum + Math.max(1, shape.inner.length), 0);
    const leaves = trees.reduce((sum, { shape }) => sum + shape.leaves.length, 0);
    this.roots = new Int32Array(trees.length);
    this.features = new Int32Array(nodes);
    this.splits = new Float64Array(nodes);
    this.modes = new Uint8Array(nodes).fill(MODES[test]);
    this.yes = new Int32Array(nodes);
    this.yesIsLeaf = new Uint8Array(nodes);
    this.no = new Int32Array(nodes);
    this.noIsLeaf = new Uint8Array(nodes);
    this.missing = new Uint8Array(nodes);
    this.targets = new Int32Array(leaves);
    this.weights = new Float64Array(leaves);
    for (const [at, tree] of trees.entries()) this.#add(tree, at);
  }

  #add({ tree, shape, values, target }: EnsembleTree, at: number): void {
    const { inner, leaves } = shape;
    const place = new Int32Array(tree.yes.length);
    for (let index = 0; index < inner.length; index += 1) place[inner[index] as number] = this.#nodes + index;
    for (let index = 0; index < leaves.length; index += 1) {
      const node = leaves[index] as number;
      place[node] = this.#leaves + index;
      this.targets[this.#leaves + index] = typeof target === 'number' ? target : (target[node] as number);
      this.weights[this.#leaves + index] = values[node] as number;
    }
    this.roots[at] = this.#nodes;
    if (inner.length === 0) this.#addLeaf();
    for (let index = 0; index < inner.length; index += 1) {
      this.#addNode(tree, inner[index] as number, this.#nodes + index, place);
    }
    this.#nodes += Math.max(1, inner.length);
    this.#leaves += leaves.length;
  }

  /** Both sides of the node are the leaf: so onnxruntime knows a tree of one leaf. */
  #addLeaf(): void {
    this.yes[this.#nodes] = this.#leaves;
    this.no[this.#nodes] = this.#leaves;
    this.yesIsLeaf[this.#nodes] = 1;
    this.noIsLeaf[this.#nodes] = 1;
  }

  #addNode(tree: Tree, node: number, at: number, place: Int32Array): void {
    const yes = tree.yes[node] as number;
    const no = tree.no[node] as number;
    this.features[at] = tree.feature[node] as number;
    this.yes[at] = place[yes] as number;
    this.yesIsLeaf[at] = tree.yes[yes] === -1 ? 1 : 0;
    this.no[at] = place[no] as number;
    this.noIsLeaf[at] = tree.yes[no] === -1 ? 1 : 0;
    if (tree.missing !== null && tree.missing[node] === 1) {
      this.missing[at] = 1;
      this.hasMissing = true;
    }
    const set = tree.sets?.get(node);
    if (set === undefined) this.splits[at] = this.#split(tree.threshold[node] as number);
    else this.#addSet(set, at);
  }

  #split(threshold: number): number {
    if (this.#precision === 'double') return threshold;
    return this.#test === '<=' ? roundDown(threshold) : roundUp(threshold);
  }

  #addSet(set: readonly number[], at: number): void {
    if (set.length === 0) {
      // Nothing is below −∞; an empty set is outside of what onnxruntime expects.
      this.modes[at] = MODES['<'];
      this.splits[at] = Number.NEGATIVE_INFINITY;
      return;
    }
    this.modes[at] = MODES.member;
    for (const value of set) this.members.push(value);
    this.members.push(Number.NaN);
  }
}
