import { BinaryWriter } from '@bufbuild/protobuf/wire';

/** Bytes that an unsigned 31-bit number takes at most. */
const MAX_SHORT_BYTES = 5;
const MAX_SHORT = 0x7fffffff;

/** The payload of a packed field of int64s. Small ones, of which trees have millions, are written without BigInts. */
export function encodePackedIntegers(values: ArrayLike<number>): Uint8Array {
  const bytes = new Uint8Array(values.length * MAX_SHORT_BYTES);
  let at = 0;
  for (let index = 0; index < values.length; index += 1) {
    let rest = values[index] as number;
    if (!(rest >= 0 && rest <= MAX_SHORT)) return encodeAny(values);
    while (rest > 0x7f) {
      bytes[at++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    bytes[at++] = rest;
  }
  return bytes.subarray(0, at);
}

function encodeAny(values: ArrayLike<number>): Uint8Array {
  const writer = new BinaryWriter();
  for (let index = 0; index < values.length; index += 1) writer.int64(values[index] as number);
  return writer.finish();
}
