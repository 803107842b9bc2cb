import { GatewayError } from '../errors.ts';
import type { RowLayout } from './row-layout.ts';
import type { Gathered } from './store-value.ts';
import {
  allocateTensorData,
  type Tensor,
  type TensorData,
  type TensorSpec,
  type TensorType,
} from './tensor.ts';

// Elements that an input may take before a row was seen; above it, space grows with the rows that were really there.
const FIRST_ELEMENTS = 2 ** 18;

/**
 * The values of all inputs while rows are read. Space doubles as rows come, so that a body of many empty rows cannot
 * claim the memory of as many full ones.
 */
export class GatheredRows {
  readonly #inputs: readonly TensorSpec[];
  readonly #layout: RowLayout;
  readonly #rows: number;
  readonly #data: Gathered[];
  #capacity: number;

  /** @param rows how many rows there will be at most. */
  constructor(inputs: readonly TensorSpec[], layout: RowLayout, rows: number) {
    const widest = layout.widths.reduce((most, width) => Math.max(most, width), 1);
    this.#inputs = inputs;
    this.#layout = layout;
    this.#rows = rows;
    this.#capacity = Math.min(rows, Math.max(1, Math.floor(FIRST_ELEMENTS / widest)));
    this.#data = inputs.map(({ type }, input) => allocate(type, this.#capacity * layout.widths[input]!));
  }

  /** The array of an input, valid until the next `reserve`. */
  dataOf(input: number): Gathered {
    return this.#data[input]!;
  }

  /** Makes room for the row at this index. */
  reserve(row: number): void {
    if (row < this.#capacity) return;
    this.#capacity = Math.min(this.#rows, this.#capacity * 2);
    this.#inputs.forEach(({ type }, input) => {
      const wider = allocate(type, this.#capacity * this.#layout.widths[input]!);
      this.#data[input] = copyInto(wider, this.#data[input]!);
    });
  }

  /** The values as tensors `[rows, …]` of the graph's types; each has a buffer of its own. */
  toTensors(): readonly Tensor[] {
    return this.#inputs.map(({ type }, input) => ({
      type,
      dims: [this.#rows, ...this.#layout.rowDims[input]!],
      data: convert(type, this.#data[input]!),
    }));
  }
}

function allocate(type: TensorType, length: number): Gathered {
  try {
    if (type === 'string' || type === 'int64' || type === 'uint64') {
      return allocateTensorData(type, length) as Gathered;
    }
    return new Float64Array(length);
  } catch (cause) {
    throw new GatewayError('INVALID_INPUT', 'the rows are too many for one request; send fewer', { cause });
  }
}

function copyInto(target: Gathered, source: Gathered): Gathered {
  if (Array.isArray(target)) {
    for (let index = 0; index < source.length; index++) target[index] = source[index] as string;
  } else (target as Float64Array).set(source as Float64Array);
  return target;
}

function convert(type: TensorType, data: Gathered): TensorData {
  if (!(data instanceof Float64Array) || type === 'float64') return data;
  // Directly from double to half: by way of float32 some values would be rounded twice.
  if (type === 'float16') return new Uint16Array(new Float16Array(data).buffer);
  const target = allocateTensorData(type, data.length) as Float32Array;
  target.set(data);
  return target;
}
