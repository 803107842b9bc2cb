import { describe, expect, it } from 'vitest';
import { followsShape, nestedLeaves, pointerToLeaf } from '../../../src/protocols/tensors/nested-leaves.ts';

describe('nestedLeaves', () => {
  it('takes a flat list as it is', () => {
    const data = [1, null, 'a'];
    expect(nestedLeaves(data)).toEqual({ leaves: data, dims: [3] });
    expect(nestedLeaves(data)!.leaves).toBe(data);
  });

  it('lists the leaves of a nested one in their order', () => {
    const data = [
      [[1], [2]],
      [[3], [4]],
      [[5], [6]],
    ];
    expect(nestedLeaves(data)).toEqual({ leaves: [1, 2, 3, 4, 5, 6], dims: [3, 2, 1] });
    expect(nestedLeaves([])).toEqual({ leaves: [], dims: [0] });
    expect(nestedLeaves([[], []])).toEqual({ leaves: [], dims: [2, 0] });
  });

  it.each([
    [[[1, 2], [3]]],
    [[[1], 2]],
    [[1, [2]]],
    [
      [
        [1, 2],
        [3, [4]],
      ],
    ],
    [[[[1]], [[2, 3]]]],
  ])('refuses other lengths or depths within %j', (data) => {
    expect(nestedLeaves(data)).toBeNull();
  });

  it('does not follow lists deeper than any shape', () => {
    let data: unknown[] = [1];
    for (let depth = 0; depth < 100_000; depth++) data = [data];
    expect(nestedLeaves(data)).toBeNull();
  });
});

describe('followsShape', () => {
  it.each([
    [[2, 3], [2, 3], true],
    [[6], [2, 3], true],
    [[2, 6], [2, 2, 3], true],
    [[2, 3, 1], [2, 3], true],
    [[2], [2, 1], true],
    [[0], [0, 4], true],
    [[1], [], true],
    [[3, 2], [2, 3], false],
    [[2, 2], [1, 4], false],
    [[2, 2], [2, 3], false],
  ])('of lists of %j for %j is %j', (dims, shape, follows) => {
    expect(followsShape(dims, shape)).toBe(follows);
  });
});

describe('pointerToLeaf', () => {
  it('leads through the lists', () => {
    expect(pointerToLeaf([7], 5)).toBe('/5');
    expect(pointerToLeaf([2, 3, 4], 23)).toBe('/1/2/3');
    expect(pointerToLeaf([2, 3, 4], 5)).toBe('/0/1/1');
  });
});
