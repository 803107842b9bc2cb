import type { ColumnDomain } from './column-domain.ts';
import { isKnown } from './is-known.ts';
import { MISSING_TEXT } from './missing-text.ts';

/** Why a value was not stored. */
export type Fault =
  /** Another JSON type than the column takes; also `null` where none may be. */
  | 'type'
  /** A number that is no integer. */
  | 'fraction'
  /** A number outside the column's range, infinities included. */
  | 'range'
  /** Text with half a surrogate pair, which has no UTF-8 form. */
  | 'surrogate'
  /** Text with a NUL character, at which the runtime would cut it. */
  | 'nul'
  /** The text that stands for a missing value where `null` may be. */
  | 'reserved'
  /** A value that the model gives no answer for, though it is of the right type. */
  | 'unknown';

/**
 * Where the values of an input are gathered: 64-bit integers and text in their own arrays, everything else as
 * doubles, which hold each of the narrower types exactly and are then rounded once.
 */
export type Gathered = Float64Array | BigInt64Array | BigUint64Array | string[];

/** How the values of a column are checked and where they go. */
export interface Store {
  readonly domain: ColumnDomain;
  /** The input is gathered as bigints. */
  readonly isBig: boolean;
  readonly takesNull: boolean;
  /** The only values besides missing ones that may stand in the array; `null`: any of the domain. */
  readonly known: ReadonlySet<string | number> | null;
  /** The model rounds what stands here to single precision, in which its known values are. */
  readonly isSingle: boolean;
}

/** Checks one plain value and writes it to `data[at]`; allocates nothing but the bigints of 64-bit columns. */
export function storeValue(store: Store, data: Gathered, at: number, value: unknown): Fault | null {
  const fault = storeTyped(store, data, at, value);
  if (store.known === null || fault !== null || value === null) return fault;
  return isKnown(store, data[at]) ? null : 'unknown';
}

function storeTyped(store: Store, data: Gathered, at: number, value: unknown): Fault | null {
  const { domain } = store;
  switch (domain.kind) {
    case 'floating':
      return storeFloating(data as Float64Array, at, value, domain.limit, store.takesNull);
    case 'integer':
      if (store.isBig) return storeBig(data as BigInt64Array, at, value, domain);
      return storeInteger(data as Float64Array, at, value, domain);
    case 'boolean':
      if (typeof value !== 'boolean') return 'type';
      if (store.isBig) (data as BigInt64Array)[at] = value ? 1n : 0n;
      else (data as Float64Array)[at] = value ? 1 : 0;
      return null;
    case 'string':
      return storeText(data as string[], at, value, store.takesNull);
  }
}

function storeFloating(
  data: Float64Array,
  at: number,
  value: unknown,
  limit: number,
  takesNull: boolean,
): Fault | null {
  let number: number;
  if (typeof value === 'number') number = value;
  else if (typeof value === 'bigint') number = Number(value);
  else if (typeof value === 'boolean') number = value ? 1 : 0;
  else if (value === null && takesNull) {
    data[at] = Number.NaN;
    return null;
  } else return 'type';
  if (!(Math.abs(number) < limit)) return 'range';
  data[at] = number;
  return null;
}

type IntegerDomain = Extract<ColumnDomain, { kind: 'integer' }>;

function storeInteger(data: Float64Array, at: number, value: unknown, domain: IntegerDomain): Fault | null {
  if (typeof value === 'boolean') {
    data[at] = value ? 1 : 0;
    return null;
  }
  const fault = checkInteger(value, domain);
  // Adding 0 turns −0 into 0.
  if (fault === null) data[at] = typeof value === 'number' ? value + 0 : Number(value);
  return fault;
}

function storeBig(data: BigInt64Array, at: number, value: unknown, domain: IntegerDomain): Fault | null {
  if (typeof value === 'boolean') {
    data[at] = value ? 1n : 0n;
    return null;
  }
  const fault = checkInteger(value, domain);
  if (fault === null) data[at] = BigInt(value as number | bigint);
  return fault;
}

function checkInteger(value: unknown, domain: IntegerDomain): Fault | null {
  if (typeof value === 'number') {
    if (!Number.isInteger(value)) return Number.isFinite(value) ? 'fraction' : 'range';
  } else if (typeof value !== 'bigint') return 'type';
  return value >= domain.min && value < domain.end ? null : 'range';
}

function storeText(data: string[], at: number, value: unknown, takesNull: boolean): Fault | null {
  if (value === null && takesNull) {
    data[at] = MISSING_TEXT;
    return null;
  }
  if (typeof value !== 'string') return 'type';
  if (takesNull && value === MISSING_TEXT) return 'reserved';
  if (!value.isWellFormed()) return 'surrogate';
  if (value.includes('\0')) return 'nul';
  data[at] = value;
  return null;
}
