import { elementCount } from '../../model/tensor.ts';

/** The leaves of a list that may be nested, and how it is nested. */
export interface NestedLeaves {
  /** In row-major order. */
  readonly leaves: readonly unknown[];
  /** Lengths of the lists, outermost first; they multiply to `leaves.length`. */
  readonly dims: readonly number[];
}

/** No shape of an ONNX graph has more dimensions; it also bounds how deep the reading goes. */
const MAX_DEPTH = 64;

/** The leaves of `data`; `null` if its lists have different lengths or depths. A flat list is taken as it is. */
export function nestedLeaves(data: readonly unknown[]): NestedLeaves | null {
  const dims: number[] = [];
  for (let inner: unknown = data; Array.isArray(inner); inner = inner[0]) {
    if (dims.push(inner.length) > MAX_DEPTH) return null;
  }
  if (dims.length === 1) return data.some(Array.isArray) ? null : { leaves: data, dims };
  const leaves: unknown[] = [];
  return collect(data, dims, 0, leaves) ? { leaves, dims } : null;
}

function collect(
  list: readonly unknown[],
  dims: readonly number[],
  depth: number,
  leaves: unknown[],
): boolean {
  if (list.length !== dims[depth]) return false;
  const isInnermost = depth === dims.length - 1;
  for (const entry of list) {
    if (Array.isArray(entry) === isInnermost) return false;
    if (isInnermost) leaves.push(entry);
    else if (!collect(entry as readonly unknown[], dims, depth + 1, leaves)) return false;
  }
  return true;
}

/**
 * Whether lists of these lengths hold the elements of `shape` in their order: some of its dimensions may stand in one
 * list together, and dimensions of 1 may be added or left out. `[3, 2]` for `[2, 3]` is no such nesting: taken as it
 * comes, every value would be in another place than its sender meant.
 */
export function followsShape(dims: readonly number[], shape: readonly number[]): boolean {
  if (elementCount(dims) !== elementCount(shape)) return false;
  const strides = new Set(stridesOf(shape));
  return stridesOf(dims).every((stride) => strides.has(stride));
}

function stridesOf(dims: readonly number[]): number[] {
  return [...dims.keys(), dims.length].map((axis) => elementCount(dims.slice(axis)));
}

/** JSON pointer from the outermost list to the leaf at a place in row-major order. */
export function pointerToLeaf(dims: readonly number[], at: number): string {
  let pointer = '';
  let rest = at;
  for (let axis = dims.length - 1; axis >= 0; axis--) {
    const length = dims[axis]!;
    pointer = `/${rest % length}${pointer}`;
    rest = Math.floor(rest / length);
  }
  return pointer;
}
