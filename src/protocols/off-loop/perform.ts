import { GatewayError } from '../../errors.ts';
import { parseExactJson } from '../exact-json.ts';
import { JSON_CODECS } from '../json-codecs.ts';
import { readText } from '../read-text.ts';
import type { CodecReply, CodecTask } from './messages.ts';

export interface PerformLimits {
  /** What parsing one body may take of the heap, in bytes. */
  readonly parseHeapBytes: number;
  /** The largest answer, in bytes. */
  readonly answerBytes: number;
}

/**
 * Does one task.
 *
 * @throws GatewayError as the codec, and PAYLOAD_TOO_LARGE above the limits.
 */
export async function perform(
  task: CodecTask,
  limits: PerformLimits,
): Promise<Exclude<CodecReply, { kind: 'failed' }>> {
  const codec = JSON_CODECS[task.protocol];
  if (codec === undefined) throw new Error(`no codec for the protocol "${task.protocol}"; this is a bug`);
  if (task.kind === 'encode') return { kind: 'encoded', ...toBytes(codec.encode(task.answer), limits) };
  const { parseHeapBytes } = limits;
  const body =
    codec.parse === undefined
      ? parseExactJson(readText(task.body, parseHeapBytes))
      : await codec.parse(task.body, task.options, parseHeapBytes);
  return { kind: 'decoded', decoded: codec.decode(body, task.signature, task.options) };
}

const FIRST_CAPACITY = 2 ** 20;

interface EncodedBytes {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly nonFinite: number;
}

function toBytes(pieces: Generator<string, number, void>, { answerBytes }: PerformLimits): EncodedBytes {
  const encoder = new TextEncoder();
  let bytes = new Uint8Array(FIRST_CAPACITY);
  let length = 0;
  let piece = pieces.next();
  for (; !piece.done; piece = pieces.next()) {
    // UTF-8 takes at most three bytes for each UTF-16 unit.
    const needed = length + 3 * piece.value.length;
    if (needed > bytes.length) bytes = grow(bytes, Math.max(needed, 2 * bytes.length));
    length += encoder.encodeInto(piece.value, bytes.subarray(length)).written;
    if (length > answerBytes) throw answerTooLarge();
  }
  return { body: bytes.subarray(0, length), nonFinite: piece.value };
}

function grow(bytes: Uint8Array<ArrayBuffer>, capacity: number): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(bytes.buffer.transfer(capacity));
  } catch (cause) {
    throw answerTooLarge(cause);
  }
}

function answerTooLarge(cause?: unknown): GatewayError {
  const text = 'the answer is larger than there is memory for; send fewer rows at a time';
  return new GatewayError('PAYLOAD_TOO_LARGE', text, { cause });
}
