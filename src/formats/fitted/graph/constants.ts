import { createHash } from 'node:crypto';
import { GatewayError } from '../../../errors.ts';
import { type Encoded, encodeRawTensor, encodeTextTensor } from '../../graph/encode.ts';
import { elementsIn } from '../values/nd-array.ts';

/** ONNX's numbers of the element types that graphs are built with. */
export const ELEMENT = { float: 1, uint8: 2, int64: 7, string: 8, bool: 9, double: 11 } as const;

export type ElementType = keyof typeof ELEMENT;

/** A protobuf message cannot be larger than 2 GiB; what is left is for the nodes. */
const MAX_BYTES = 1_900_000_000;

/** The constants of a graph: equal ones are one initializer. */
export class Constants {
  readonly encoded = new Map<string, Encoded>();
  readonly #names = new Map<string, string>();
  #bytes = 0;

  /** @returns the constant's name. `values` are in row-major order, as many as `shape` says. */
  add(type: ElementType, values: ArrayBufferView | readonly string[], shape: readonly number[]): string {
    const isText = Array.isArray(values);
    const count = isText ? values.length : (values as Float64Array).length;
    if (count !== elementsIn(shape)) {
      throw new GatewayError(
        'INTERNAL',
        `a constant of ${count} elements has the shape [${shape.join(', ')}]`,
      );
    }
    const bytes = isText ? Buffer.from(JSON.stringify(values)) : viewBytes(values as ArrayBufferView);
    const key = `${type} ${shape.join(',')} ${createHash('sha256').update(bytes).digest('base64')}`;
    const known = this.#names.get(key);
    if (known !== undefined) return known;
    this.#bytes += bytes.length;
    if (this.#bytes > MAX_BYTES) {
      throw new GatewayError(
        'UNSUPPORTED_MODEL',
        'the graph would be larger than 2 GiB, which ONNX cannot hold in one file',
      );
    }
    const name = `~constant_${this.#names.size}`;
    this.#names.set(key, name);
    this.encoded.set(
      name,
      isText ? encodeTextTensor(name, shape, values) : encodeRawTensor(name, ELEMENT[type], shape, bytes),
    );
    return name;
  }
}

function viewBytes(view: ArrayBufferView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}
