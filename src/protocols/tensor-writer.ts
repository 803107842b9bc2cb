import { GatewayError } from '../errors.ts';
import { elementCount, type Tensor, type TensorData } from '../model/tensor.ts';

/**
 * Writes the elements of one output as JSON, row by row.
 *
 * Numbers are written as the exact double of what onnxruntime gave (0.9700000286102295, not 0.97, for a float32): no
 * digit is decided here. 64-bit integers are written in full. NaN and infinities are `null`, and counted.
 */
export class TensorWriter {
  /** Elements in one row. */
  readonly width: number;
  /** How many numbers were written as `null`. */
  nonFinite = 0;
  readonly #values: TensorData | Float16Array;
  readonly #isBool: boolean;
  /** Dimensions after the rows. */
  readonly #rowDims: readonly number[];

  /** @throws GatewayError INFERENCE_FAILED if the tensor does not have one entry for each row. */
  constructor(tensor: Tensor, name: string, rows: number) {
    if (tensor.dims[0] !== rows || tensor.data.length !== elementCount(tensor.dims)) {
      throw new GatewayError(
        'INFERENCE_FAILED',
        `output "${name}" has the shape [${tensor.dims.join(', ')}], which is not one entry for each of ${rows} rows`,
      );
    }
    this.#rowDims = tensor.dims.slice(1);
    this.width = elementCount(this.#rowDims);
    this.#values = tensor.type === 'float16' ? readHalves(tensor.data as Uint16Array) : tensor.data;
    this.#isBool = tensor.type === 'bool';
  }

  /** One element, by its position in the whole tensor. */
  element(at: number): string {
    const value = this.#values[at]!;
    switch (typeof value) {
      case 'number':
        if (this.#isBool) return value === 0 ? 'false' : 'true';
        if (value === 0) return Object.is(value, -0) ? '-0.0' : '0';
        return Number.isFinite(value) ? String(value) : this.#null();
      case 'bigint':
        return String(value);
      case 'string':
        return JSON.stringify(value);
    }
  }

  /** The elements of a row, with commas between. */
  elements(row: number): string {
    const start = row * this.width;
    const end = start + this.width;
    let text = '';
    for (let at = start; at < end; at++) text += at === start ? this.element(at) : `,${this.element(at)}`;
    return text;
  }

  /** A row as lists nested by the dimensions after the rows; a plain value if there are none. */
  nested(row: number): string {
    return this.#nest(row * this.width, this.width, 0);
  }

  /** The greatest number of a row, `null` if one is NaN. */
  greatest(row: number): string {
    const values = this.#values as Float32Array;
    const start = row * this.width;
    let best = Number.NEGATIVE_INFINITY;
    for (let at = start; at < start + this.width; at++) {
      const value = Number(values[at]);
      // False for NaN, which is kept then.
      if (!(value <= best)) best = value;
      if (Number.isNaN(best)) break;
    }
    return Number.isFinite(best) ? String(best) : this.#null();
  }

  #nest(start: number, length: number, depth: number): string {
    const dim = this.#rowDims[depth];
    if (dim === undefined) return this.element(start);
    const step = dim === 0 ? 0 : length / dim;
    let text = '[';
    for (let index = 0; index < dim; index++) {
      if (index > 0) text += ',';
      text += this.#nest(start + index * step, step, depth + 1);
    }
    return `${text}]`;
  }

  #null(): string {
    this.nonFinite++;
    return 'null';
  }
}

function readHalves(bits: Uint16Array): Float16Array {
  return new Float16Array(bits.buffer as ArrayBuffer, bits.byteOffset, bits.length);
}
