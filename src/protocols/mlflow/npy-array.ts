import { GatewayError } from '../../errors.ts';
import { readNpyHeader } from '../../model/npy-header.ts';
import { elementCount } from '../../model/tensor.ts';
import { type HeapBytes, tooManyValues } from '../read-text.ts';

/** A NumPy array in row-major order; integers of 64 bits are bigints, and NaN is `null`. */
export interface NpyArray {
  readonly shape: readonly number[];
  readonly data: readonly (number | bigint | boolean | null)[];
}

type Reader = (view: DataView, at: number, littleEndian: boolean) => number | bigint | boolean;

/** How elements are read, by NumPy's letter and the bytes of one. */
const READERS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['b1', (view, at) => view.getUint8(at) !== 0],
  ['i1', (view, at) => view.getInt8(at)],
  ['u1', (view, at) => view.getUint8(at)],
  ['i2', (view, at, little) => view.getInt16(at, little)],
  ['u2', (view, at, little) => view.getUint16(at, little)],
  ['f2', (view, at, little) => view.getFloat16(at, little)],
  ['i4', (view, at, little) => view.getInt32(at, little)],
  ['u4', (view, at, little) => view.getUint32(at, little)],
  ['f4', (view, at, little) => view.getFloat32(at, little)],
  ['i8', (view, at, little) => view.getBigInt64(at, little)],
  ['u8', (view, at, little) => view.getBigUint64(at, little)],
  ['f8', (view, at, little) => view.getFloat64(at, little)],
]);

/** What an element takes of the heap as one of a list: a bigint has a header, a digit and its place. */
const HEAP_PER_ELEMENT = 32;

/**
 * Reads a `.npy` body of numbers (NumPy's format, versions 1 to 3).
 *
 * @throws GatewayError INVALID_INPUT if it is none, is cut off, or holds something else than numbers;
 *   PAYLOAD_TOO_LARGE.
 */
export function readNpy(bytes: Uint8Array, heapBytes: HeapBytes): NpyArray {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { descr, shape, dataAt, ...header } = readNpyHeader(bytes, refusal);
  const element = /^'([<>|=]?)([a-zA-Z])(\d+)'$/.exec(descr);
  if (element === null) throw refusal('its header does not describe an array of numbers');
  const [, order, kind, size] = element;
  const read = READERS.get(`${kind}${size}`);
  if (read === undefined) throw refusal(`its elements are no numbers but "${kind}${size}"`);
  const step = Number(size);
  const count = elementCount(shape);
  if (dataAt + count * step !== bytes.length) {
    throw refusal(`its header tells of ${count} elements, which the bytes behind it are not`);
  }
  if (heapBytes !== null && count * HEAP_PER_ELEMENT > heapBytes) throw tooManyValues();
  const isFortran = header.isFortran && shape.length > 1;
  const positions = isFortran ? rowMajorPositions(shape) : null;
  const data = Array.from({ length: count }, (_, index) =>
    orNull(read(view, dataAt + (positions?.(index) ?? index) * step, order !== '>')),
  );
  return { shape, data };
}

function orNull<Value>(value: Value): Value | null {
  return Number.isNaN(value) ? null : value;
}

/** From the position of an element in row-major order to that in column-major order. */
function rowMajorPositions(shape: readonly number[]): (index: number) => number {
  const strides = shape.map((_, axis) => elementCount(shape.slice(0, axis)));
  return (index) => {
    let rest = index;
    let position = 0;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      position += (rest % shape[axis]!) * strides[axis]!;
      rest = Math.floor(rest / shape[axis]!);
    }
    return position;
  };
}

function refusal(what: string): GatewayError {
  return new GatewayError('INVALID_INPUT', `the body is no NumPy array that can be read: ${what}`);
}
