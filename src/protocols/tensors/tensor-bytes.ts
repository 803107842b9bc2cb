import { isUtf8 } from 'node:buffer';
import type { Tensor, TensorData, TensorType } from '../../model/tensor.ts';
import { wireWidth } from './datatypes.ts';

// The wire is little-endian, and so is every processor that the runtime has binaries for.

/**
 * Elements of a type of fixed size. A view on the same memory where its alignment allows that, else a copy.
 *
 * @param bytes a whole number of elements.
 */
export function numbersOfBytes(type: Exclude<TensorType, 'string'>, bytes: Uint8Array): TensorData {
  const width = wireWidth(type);
  const isAligned = bytes.byteOffset % width === 0;
  const buffer = isAligned ? bytes.buffer : copyOf(bytes);
  const start = isAligned ? bytes.byteOffset : 0;
  return viewOf(type, buffer as ArrayBuffer, start, bytes.byteLength / width);
}

function copyOf(bytes: Uint8Array): ArrayBufferLike {
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
}

function viewOf(
  type: Exclude<TensorType, 'string'>,
  buffer: ArrayBuffer,
  start: number,
  length: number,
): TensorData {
  switch (type) {
    case 'bool':
    case 'uint8':
      return new Uint8Array(buffer, start, length);
    case 'int8':
      return new Int8Array(buffer, start, length);
    case 'int16':
      return new Int16Array(buffer, start, length);
    case 'uint16':
    case 'float16':
      return new Uint16Array(buffer, start, length);
    case 'int32':
      return new Int32Array(buffer, start, length);
    case 'uint32':
      return new Uint32Array(buffer, start, length);
    case 'int64':
      return new BigInt64Array(buffer, start, length);
    case 'uint64':
      return new BigUint64Array(buffer, start, length);
    case 'float32':
      return new Float32Array(buffer, start, length);
    case 'float64':
      return new Float64Array(buffer, start, length);
  }
}

/** Why bytes are no texts, and which of them. */
export interface TextsFault {
  readonly element: number;
  readonly kind: 'length' | 'encoding';
}

/**
 * `count` texts, each with its length before it in four bytes.
 *
 * @returns a fault if there are more or fewer, or one of them is not UTF-8 (`element`: the first that is wrong).
 */
export function textsOfBytes(bytes: Uint8Array, count: number): readonly string[] | TextsFault {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const texts: string[] = [];
  let at = 0;
  while (texts.length < count) {
    const end = at + 4 > buffer.length ? Number.POSITIVE_INFINITY : at + 4 + buffer.readUInt32LE(at);
    if (end > buffer.length) return { element: texts.length, kind: 'length' };
    const text = buffer.toString('utf8', at + 4, end);
    // What is no UTF-8 is decoded to this character, which may as well have been sent.
    if (text.includes('\ufffd') && !isUtf8(buffer.subarray(at + 4, end))) {
      return { element: texts.length, kind: 'encoding' };
    }
    texts.push(text);
    at = end;
  }
  return at === buffer.length ? texts : { element: count, kind: 'length' };
}

/** The elements of a tensor as they stand on the wire: a view of numbers, new bytes of texts. */
export function bytesOfTensor({ data }: Pick<Tensor, 'data'>): Uint8Array {
  if (!Array.isArray(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  let length = 0;
  for (const text of data) length += 4 + Buffer.byteLength(text);
  const bytes = Buffer.allocUnsafeSlow(length);
  let at = 0;
  for (const text of data) {
    const written = bytes.write(text, at + 4, 'utf8');
    bytes.writeUInt32LE(written, at);
    at += 4 + written;
  }
  return bytes;
}
