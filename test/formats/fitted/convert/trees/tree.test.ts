import { describe, expect, it } from 'vitest';
import { checkTree, type Tree } from '../../../../../src/formats/fitted/convert/trees/tree.ts';

/** A root with two leaves, or what `parts` make of it. */
function tree(
  parts: Partial<Record<'yes' | 'no' | 'feature' | 'threshold', number[]>> &
    Partial<Pick<Tree, 'missing' | 'sets'>> = {},
): Tree {
  return {
    yes: Int32Array.from(parts.yes ?? [1, -1, -1]),
    no: Int32Array.from(parts.no ?? [2, -1, -1]),
    feature: Int32Array.from(parts.feature ?? [0, -2, -2]),
    threshold: Float64Array.from(parts.threshold ?? [0.5, -2, -2]),
    missing: parts.missing ?? null,
    sets: parts.sets ?? null,
  };
}

/** Each node's `yes` is the next one; its `no` is a leaf. */
function chain(depth: number): Tree {
  const count = 2 * depth + 1;
  const yes = new Int32Array(count).fill(-1);
  const no = new Int32Array(count).fill(-1);
  for (let node = 0; node < depth; node += 1) {
    yes[node] = node + 1;
    no[node] = depth + 1 + node;
  }
  return {
    yes,
    no,
    feature: new Int32Array(count),
    threshold: new Float64Array(count),
    missing: null,
    sets: null,
  };
}

const BROKEN: readonly (readonly [string, Tree, string])[] = [
  ['no nodes', tree({ yes: [], no: [], feature: [], threshold: [] }), 'empty or of several lengths'],
  ['too few thresholds', tree({ threshold: [0.5] }), 'empty or of several lengths'],
  ['too few missing directions', tree({ missing: new Uint8Array(2) }), 'empty or of several lengths'],
  [
    'a child far outside',
    tree({ yes: [1_000_000_000, -1, -1] }),
    'node 0 leads to node 1000000000, and there are 3',
  ],
  ['a child below zero', tree({ no: [-2, -1, -1] }), 'node 0 leads to node -2'],
  ['one child only', tree({ no: [-1, -1, -1] }), 'node 0 leads to node -1'],
  ['itself as its child', tree({ no: [0, -1, -1] }), 'several ways lead to node 0'],
  [
    'an ancestor as a child',
    tree({ yes: [1, 0, -1], no: [2, 2, -1], feature: [0, 0, -2] }),
    'several ways lead',
  ],
  ['one child twice', tree({ yes: [2, -1, -1] }), 'several ways lead to node 2'],
  ['a column too many', tree({ feature: [4, -2, -2] }), 'node 0 asks for column 4 of 4'],
  ['a negative column', tree({ feature: [-2, -2, -2] }), 'node 0 asks for column -2 of 4'],
  ['a threshold that is NaN', tree({ threshold: [Number.NaN, 0, 0] }), 'node 0 compares with NaN'],
  ['a set with a fraction', tree({ sets: new Map([[0, [1, 0.5]]]) }), 'node 0 has a set with 0.5 in it'],
  ['a set with a negative number', tree({ sets: new Map([[0, [-1]]]) }), 'node 0 has a set with -1 in it'],
];

describe('checkTree', () => {
  it('lists the nodes of a tree, those that compare and those that do not', () => {
    expect(checkTree(tree(), 4, 'tree')).toEqual({
      inner: Int32Array.of(0),
      leaves: Int32Array.of(1, 2),
      depth: 1,
    });
  });

  it('takes a tree of one leaf, infinite thresholds, and nodes that nothing leads to', () => {
    expect(checkTree(tree({ yes: [-1, -1, -1], no: [-1, -1, -1] }), 4, 'tree').leaves).toEqual(
      Int32Array.of(0),
    );
    expect(checkTree(tree({ threshold: [Number.POSITIVE_INFINITY, 0, 0] }), 4, 'tree').depth).toBe(1);
  });

  it.each(BROKEN)('refuses %s', (_, broken, message) => {
    expect(() => checkTree(broken, 4, 'trees[7]')).toThrow(
      expect.objectContaining({ code: 'INVALID_MODEL', message: expect.stringContaining(message) }),
    );
    expect(() => checkTree(broken, 4, 'trees[7]')).toThrow(/^trees\[7\]: /);
  });

  it('refuses a chain of a million nodes without running out of stack', () => {
    expect(() => checkTree(chain(1_000_000), 1, 'trees[7]')).toThrow(
      expect.objectContaining({
        code: 'UNSUPPORTED_MODEL',
        message:
          'trees[7] is a tree of 1000000 levels, and more than 2000 are not served; train it with max_depth',
      }),
    );
    expect(checkTree(chain(2_000), 1, 'tree').depth).toBe(2_000);
  });
});
