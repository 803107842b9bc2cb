import { GatewayError } from '../errors.ts';
import type { ColumnType, InputColumn } from './signature.ts';
import type { TensorType } from './tensor.ts';

/**
 * The values that a column accepts. `null` is a matter of its own (`takesNull`). What `storeValue` lets through and
 * what `isWithin` compares is this one description, so that checking requests and comparing signatures agree.
 */
export type ColumnDomain =
  | { readonly kind: 'boolean' }
  /** Integers in `[min, end)`, and booleans as 0 and 1. Both bounds are exact as doubles. */
  | { readonly kind: 'integer'; readonly min: number; readonly end: number }
  /** Numbers whose absolute value is below `limit`, integers included, and booleans as 0 and 1. */
  | { readonly kind: 'floating'; readonly limit: number }
  /** Well-formed text without NUL. */
  | { readonly kind: 'string' };

function integer(min: number, end: number): ColumnDomain {
  return { kind: 'integer', min, end };
}

function floating(limit: number): ColumnDomain {
  return { kind: 'floating', limit };
}

// A limit is the smallest double that rounds (half to even) to infinity in its type.
const TENSOR_DOMAINS: Readonly<Record<TensorType, ColumnDomain>> = {
  bool: { kind: 'boolean' },
  int8: integer(-(2 ** 7), 2 ** 7),
  int16: integer(-(2 ** 15), 2 ** 15),
  int32: integer(-(2 ** 31), 2 ** 31),
  int64: integer(-(2 ** 63), 2 ** 63),
  uint8: integer(0, 2 ** 8),
  uint16: integer(0, 2 ** 16),
  uint32: integer(0, 2 ** 32),
  uint64: integer(0, 2 ** 64),
  float16: floating(65_520),
  float32: floating(2 ** 128 - 2 ** 103),
  float64: floating(Number.POSITIVE_INFINITY),
  string: { kind: 'string' },
};

const TENSOR_TYPES: Readonly<Record<ColumnType, TensorType>> = {
  boolean: 'bool',
  integer: 'int32',
  long: 'int64',
  float: 'float32',
  double: 'float64',
  string: 'string',
  int8: 'int8',
  int16: 'int16',
  uint8: 'uint8',
  uint16: 'uint16',
  uint32: 'uint32',
  uint64: 'uint64',
  float16: 'float16',
};

/** The tensor type that holds exactly the values of a column type. */
export function tensorTypeOf(type: ColumnType): TensorType {
  return TENSOR_TYPES[type];
}

/** The inverse of `tensorTypeOf`. */
export function columnTypeOf(type: TensorType): ColumnType {
  return (Object.keys(TENSOR_TYPES) as ColumnType[]).find((name) => TENSOR_TYPES[name] === type)!;
}

/** Every value that a tensor of this type can hold. */
export function domainOf(type: TensorType): ColumnDomain {
  return TENSOR_DOMAINS[type];
}

/**
 * What fits both the declared type and the graph's input.
 *
 * @throws GatewayError INVALID_MODEL if nothing does (text for a numeric input, say).
 */
export function columnDomain(declared: ColumnType, tensorType: TensorType): ColumnDomain {
  const domain = intersectDomains(domainOf(TENSOR_TYPES[declared]), domainOf(tensorType));
  if (domain !== null) return domain;
  throw new GatewayError(
    'INVALID_MODEL',
    `a column of type ${declared} cannot feed an input of ${tensorType}`,
  );
}

/** The values that both accept; `null` if they have nothing in common, as text and numbers. */
export function intersectDomains(left: ColumnDomain, right: ColumnDomain): ColumnDomain | null {
  if (left.kind === 'string' || right.kind === 'string') return left.kind === right.kind ? left : null;
  if (left.kind === 'boolean' || right.kind === 'boolean') return { kind: 'boolean' };
  if (left.kind === 'floating') {
    if (right.kind === 'integer') return intersectDomains(right, left);
    return floating(Math.min(left.limit, right.limit));
  }
  if (right.kind === 'integer') return integer(Math.max(left.min, right.min), Math.min(left.end, right.end));
  return integer(Math.max(left.min, 1 - right.limit), Math.min(left.end, right.limit));
}

/** Whether every value of `inner` is one of `outer`. */
export function isWithin(inner: ColumnDomain, outer: ColumnDomain): boolean {
  switch (outer.kind) {
    case 'string':
      return inner.kind === 'string';
    case 'boolean':
      return inner.kind === 'boolean';
    case 'integer':
      if (inner.kind === 'boolean') return true;
      return inner.kind === 'integer' && inner.min >= outer.min && inner.end <= outer.end;
    case 'floating':
      if (inner.kind === 'boolean') return true;
      if (inner.kind === 'floating') return inner.limit <= outer.limit;
      return inner.kind === 'integer' && inner.min > -outer.limit && inner.end <= outer.limit;
  }
}

/** Whether `null` may stand in the column: it is floating or text, and the model gives an answer for missing values. */
export function takesNull(column: InputColumn, domain: ColumnDomain): boolean {
  return column.takesNaN && (domain.kind === 'floating' || domain.kind === 'string');
}
