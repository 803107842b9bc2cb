import type { ColumnType } from '../../model/signature.ts';
import type { TensorType } from '../../model/tensor.ts';

/** What a graph input is called as a column type. */
const OF_TENSOR: Readonly<Record<TensorType, ColumnType>> = {
  float32: 'float',
  float64: 'double',
  float16: 'float16',
  int8: 'int8',
  int16: 'int16',
  int32: 'integer',
  int64: 'long',
  uint8: 'uint8',
  uint16: 'uint16',
  uint32: 'uint32',
  uint64: 'uint64',
  bool: 'boolean',
  string: 'string',
};

/** MLflow's column types that a value of a row can have. */
const OF_MLFLOW: ReadonlyMap<string, ColumnType> = new Map([
  ['boolean', 'boolean'],
  ['integer', 'integer'],
  ['long', 'long'],
  ['float', 'float'],
  ['double', 'double'],
  ['string', 'string'],
]);

/** Bits of each integer type, and whether it has a sign. */
const INTEGERS: ReadonlyMap<ColumnType, readonly [bits: number, isSigned: boolean]> = new Map([
  ['int8', [8, true]],
  ['int16', [16, true]],
  ['integer', [32, true]],
  ['long', [64, true]],
  ['uint8', [8, false]],
  ['uint16', [16, false]],
  ['uint32', [32, false]],
  ['uint64', [64, false]],
]);

const FLOATING: ReadonlySet<ColumnType> = new Set<ColumnType>(['float', 'double', 'float16']);

export function columnTypeOf(type: TensorType): ColumnType {
  return OF_TENSOR[type];
}

/** `null` for types that no value of a row has: `datetime`, `binary`, `array`, `object`, `map`, `any`. */
export function columnTypeOfMlflow(type: string): ColumnType | null {
  return OF_MLFLOW.get(type) ?? null;
}

/** `null` for numpy types that no graph input has. */
export function columnTypeOfNumpy(dtype: string): ColumnType | null {
  if (['str', 'object', 'unicode', 'string'].includes(dtype) || /^[<>|=]?U\d+$/.test(dtype)) return 'string';
  return dtype in OF_TENSOR ? OF_TENSOR[dtype as TensorType] : null;
}

export function isFloatingColumn(type: ColumnType): boolean {
  return FLOATING.has(type);
}

/**
 * The type of a column that is declared as `declared` and goes into an input of type `input`: the values that both
 * allow. `null` if there are none, a text for a number for instance.
 */
export function commonColumnType(declared: ColumnType, input: TensorType): ColumnType | null {
  const own = OF_TENSOR[input];
  if ((declared === 'string') !== (own === 'string')) return null;
  if (declared === 'boolean' || own === declared) return declared;
  if (FLOATING.has(own)) return declared;
  const given = INTEGERS.get(declared);
  const taken = INTEGERS.get(own);
  if (given === undefined || taken === undefined) return own;
  const isNarrower = given[0] < taken[0] && (!given[1] || taken[1]);
  return isNarrower ? declared : own;
}
