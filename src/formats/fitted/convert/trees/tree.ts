import { GatewayError } from '../../../../errors.ts';

/**
 * A decision tree of any library: one element of each array a node, node 0 the root. A row goes to the node of `yes` if its
 * value of `feature` passes the node's test, else to that of `no`. Nodes that nothing leads to are no part of it.
 */
export interface Tree {
  /** Child where the test holds; −1 makes the node a leaf, and its `no`, `feature` and `threshold` say nothing. */
  readonly yes: Int32Array;
  readonly no: Int32Array;
  readonly feature: Int32Array;
  readonly threshold: Float64Array;
  /** 1 where a NaN goes to `yes`; `null`: always to `no`. */
  readonly missing: Uint8Array | null;
  /**
   * The values that pass, for a node that asks for membership instead of comparing; `null`: no node does. Members are
   * integers from 0 to 2²⁴, and the column holds only such integers and NaN (onnxruntime would cut off a fraction): see to it.
   */
  readonly sets: ReadonlyMap<number, readonly number[]> | null;
}

/** What is known of a tree that was checked. */
export interface TreeShape {
  /** Nodes that compare, in the order in which a walk that goes to `yes` first meets them. */
  readonly inner: Int32Array;
  readonly leaves: Int32Array;
  /** Nodes above the deepest leaf. */
  readonly depth: number;
}

/** onnxruntime 1.30 builds a tree recursively: on the stack of a worker thread it crashed with 10,000 levels, not with 5,000. */
const MAX_DEPTH = 2_000;
/** Single precision holds every integer up to here. */
const MAX_MEMBER = 2 ** 24;

/**
 * Checks what native code would take for granted: children in range, one parent for each, no cycle, known features,
 * thresholds that are numbers.
 *
 * @param where path of the tree in its file, for messages.
 * @throws GatewayError INVALID_MODEL; UNSUPPORTED_MODEL if the tree is deeper than a runtime bears.
 */
export function checkTree(tree: Tree, width: number, where: string): TreeShape {
  const count = tree.yes.length;
  const arrays = [tree.no, tree.feature, tree.threshold, ...(tree.missing === null ? [] : [tree.missing])];
  if (count === 0 || arrays.some(({ length }) => length !== count))
    throw new GatewayError(
      'INVALID_MODEL',
      `${where}: the arrays of its nodes are empty or of several lengths`,
    );
  const inner = new Int32Array(count);
  const leaves = new Int32Array(count);
  const depths = new Int32Array(count).fill(-1);
  const waiting = new Int32Array(count);
  const found = { inner: 0, leaves: 0, waiting: 1, depth: 0 };
  depths[0] = 0;
  while (found.waiting > 0) {
    const node = waiting[--found.waiting] as number;
    const depth = depths[node] as number;
    if (depth > found.depth) found.depth = depth;
    if (tree.yes[node] === -1) {
      leaves[found.leaves++] = node;
      continue;
    }
    checkTest(tree, node, width, where);
    inner[found.inner++] = node;
    for (const child of [tree.no[node] as number, tree.yes[node] as number]) {
      checkChild(child, node, depths, where);
      depths[child] = depth + 1;
      waiting[found.waiting++] = child;
    }
  }
  if (found.depth > MAX_DEPTH) {
    throw new GatewayError(
      'UNSUPPORTED_MODEL',
      `${where} is a tree of ${found.depth} levels, and more than ${MAX_DEPTH} are not served; train it with max_depth`,
    );
  }
  return { inner: inner.slice(0, found.inner), leaves: leaves.slice(0, found.leaves), depth: found.depth };
}

function checkTest({ feature, threshold, sets }: Tree, node: number, width: number, where: string): void {
  const column = feature[node] as number;
  if (column < 0 || column >= width)
    throw new GatewayError('INVALID_MODEL', `${where}: node ${node} asks for column ${column} of ${width}`);
  const set = sets?.get(node);
  if (set === undefined) {
    if (!Number.isNaN(threshold[node])) return;
    throw new GatewayError('INVALID_MODEL', `${where}: node ${node} compares with NaN`);
  }
  const stranger = set.find((member) => !Number.isInteger(member) || member < 0 || member > MAX_MEMBER);
  if (stranger !== undefined)
    throw new GatewayError('INVALID_MODEL', `${where}: node ${node} has a set with ${stranger} in it`);
}

function checkChild(child: number, node: number, depths: Int32Array, where: string): void {
  if (child < 0 || child >= depths.length) {
    throw new GatewayError(
      'INVALID_MODEL',
      `${where}: node ${node} leads to node ${child}, and there are ${depths.length}`,
    );
  }
  if (depths[child] !== -1)
    throw new GatewayError('INVALID_MODEL', `${where}: several ways lead to node ${child}, so it is no tree`);
}
