import type { TensorType } from '../../model/tensor.ts';

/** The Open Inference Protocol's names of element types, of which a graph's boundary can have each. */
export type Datatype =
  | 'BOOL'
  | 'UINT8'
  | 'UINT16'
  | 'UINT32'
  | 'UINT64'
  | 'INT8'
  | 'INT16'
  | 'INT32'
  | 'INT64'
  | 'FP16'
  | 'FP32'
  | 'FP64'
  | 'BYTES';

const TENSOR_TYPES: ReadonlyMap<string, TensorType> = new Map<Datatype, TensorType>([
  ['BOOL', 'bool'],
  ['UINT8', 'uint8'],
  ['UINT16', 'uint16'],
  ['UINT32', 'uint32'],
  ['UINT64', 'uint64'],
  ['INT8', 'int8'],
  ['INT16', 'int16'],
  ['INT32', 'int32'],
  ['INT64', 'int64'],
  ['FP16', 'float16'],
  ['FP32', 'float32'],
  ['FP64', 'float64'],
  ['BYTES', 'string'],
]);

const DATATYPES = new Map([...TENSOR_TYPES].map(([name, type]) => [type, name as Datatype]));

/** Every name, for messages. */
export const DATATYPE_NAMES: readonly string[] = [...TENSOR_TYPES.keys()];

/** The element type that a client names; `null` for a name that no graph here can take (BF16 among them). */
export function tensorTypeOfDatatype(name: string): TensorType | null {
  return TENSOR_TYPES.get(name) ?? null;
}

export function datatypeOf(type: TensorType): Datatype {
  return DATATYPES.get(type)!;
}

/** Bytes of one element on the wire; 0 for text, whose elements have their length before them. */
export function wireWidth(type: TensorType): number {
  switch (type) {
    case 'bool':
    case 'int8':
    case 'uint8':
      return 1;
    case 'int16':
    case 'uint16':
    case 'float16':
      return 2;
    case 'int32':
    case 'uint32':
    case 'float32':
      return 4;
    case 'int64':
    case 'uint64':
    case 'float64':
      return 8;
    case 'string':
      return 0;
  }
}
