import { GatewayError } from '../errors.ts';
import { decodeUtf8 } from './exact-json.ts';
import { mayExceedHeap } from './heap-estimate.ts';

/** What the values of one body may take of the heap of a thread that reads it, in bytes; `null` for small bodies. */
export type HeapBytes = number | null;

/**
 * A body's text, where its values fit into the heap. The bytes of a body that has a limit are gone afterwards: the
 * parse is what takes most memory.
 *
 * @throws GatewayError INVALID_INPUT if it is not UTF-8, PAYLOAD_TOO_LARGE if it has too many values.
 */
export function readText(bytes: Uint8Array, heapBytes: HeapBytes): string {
  if (heapBytes === null) return decodeUtf8(bytes);
  if (mayExceedHeap(bytes, heapBytes)) throw tooManyValues();
  const text = decodeUtf8(bytes);
  (bytes.buffer as ArrayBuffer).transfer(0);
  return text;
}

export function tooManyValues(): GatewayError {
  return new GatewayError(
    'PAYLOAD_TOO_LARGE',
    'the body holds more values than there is memory for; send fewer rows at a time',
  );
}
