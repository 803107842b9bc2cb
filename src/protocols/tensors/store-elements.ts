import type { Problem } from '../../errors.ts';
import { describeJsonType } from '../../model/describe-row-problem.ts';
import { describeValueFault, type FaultyTarget } from '../../model/describe-value-fault.ts';
import type { ProblemList } from '../../model/problem-list.ts';
import { type Fault, type Gathered, type Store, storeValue } from '../../model/store-value.ts';

/** The elements of one tensor on their way into an input. */
export interface Elements {
  /** Row-major, one for each element of the tensor. */
  readonly source: ArrayLike<unknown>;
  /** JSON has no infinities: what is infinite there was too large for a double. */
  readonly isJson: boolean;
  readonly store: Store;
  /** For messages. */
  readonly target: Omit<FaultyTarget, 'domain'>;
  /** Pointer to an element, and what to call it there. */
  readonly locate: (at: number) => { readonly pointer: string; readonly prefix: string };
}

/** Where they go: `width` elements of a row of the input are filled by `cell` of them, from `offset` on. */
export interface Destination {
  /** The input's own array, except that float16 is a Float16Array. */
  readonly data: ArrayLike<unknown>;
  readonly width: number;
  readonly offset: number;
  readonly cell: number;
}

/** Checks every element and writes it where it goes, rounded once to the type of the array. */
export function storeElements(elements: Elements, to: Destination, problems: ProblemList): void {
  const { source, store } = elements;
  // Numbers of every type are stored alike; the narrower arrays round or, of integers within their range, change nothing.
  const data = to.data as Gathered;
  const limit = store.domain.kind === 'floating' ? store.domain.limit : 0;
  const gap = to.width - to.cell;
  let at = to.offset;
  let inCell = 0;
  for (let index = 0; index < source.length; index++) {
    const value = source[index];
    if (typeof value === 'number' && Math.abs(value) < limit) (data as Float64Array)[at] = value;
    else {
      const fault = storeUnusual(elements, data, at, value);
      if (fault !== null) problems.add(() => describe(elements, index, fault, value));
    }
    at++;
    if (++inCell === to.cell) {
      inCell = 0;
      at += gap;
    }
  }
}

function storeUnusual({ store, isJson }: Elements, data: Gathered, at: number, value: unknown): Fault | null {
  const isFloating = store.domain.kind === 'floating';
  if (isFloating && !isJson && typeof value === 'number' && !Number.isFinite(value)) {
    if (Number.isNaN(value) && !store.takesNull) return 'type';
    (data as Float64Array)[at] = value;
    return null;
  }
  return storeValue(store, data, at, value);
}

function describe({ target, store, locate }: Elements, index: number, fault: Fault, value: unknown): Problem {
  const { pointer, prefix } = locate(index);
  const given = Number.isNaN(value) ? 'NaN' : describeJsonType(value);
  const text = describeValueFault({ ...target, domain: store.domain }, fault, given);
  return { pointer, detail: prefix === '' ? text : `${text} (${prefix})` };
}
