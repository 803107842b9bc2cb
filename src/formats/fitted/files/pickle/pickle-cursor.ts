import { GatewayError } from '../../../../errors.ts';
import { MAX_INTEGER_BYTES } from '../bounds.ts';

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Texts shorter than this are looked through byte by byte for being ASCII, which is faster than a decoder. */
const SHORT_TEXT = 64;

/** Reads the bytes of a pickle in order; every read is checked against what is left. Little-endian. */
export class PickleCursor {
  readonly #bytes: Buffer;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get position(): number {
    return this.#at;
  }

  uint8(): number {
    return this.#view.getUint8(this.#advance(1));
  }

  uint16(): number {
    return this.#view.getUint16(this.#advance(2), true);
  }

  uint32(): number {
    return this.#view.getUint32(this.#advance(4), true);
  }

  int32(): number {
    return this.#view.getInt32(this.#advance(4), true);
  }

  /** A length of eight bytes, which may lie beyond any file. */
  length64(): number {
    return Number(this.#view.getBigUint64(this.#advance(8), true));
  }

  /** The only number that pickle writes big-endian. */
  float64(): number {
    return this.#view.getFloat64(this.#advance(8), false);
  }

  /** A part of the file, not copied. */
  bytes(length: number): Uint8Array {
    const start = this.#advance(length);
    return new Uint8Array(this.#bytes.buffer, this.#bytes.byteOffset + start, length);
  }

  /** UTF-8. Lone surrogates, which Python can write, are refused as it would refuse them elsewhere. */
  text(length: number): string {
    const start = this.#advance(length);
    if (length < SHORT_TEXT && this.#isAscii(start)) return this.#bytes.toString('latin1', start, this.#at);
    try {
      return UTF8.decode(this.#bytes.subarray(start, this.#at));
    } catch (cause) {
      throw broken(`a text at byte ${start} is no UTF-8`, cause);
    }
  }

  /** Up to the next line feed, which is left out. */
  line(): string {
    const end = this.#bytes.indexOf(10, this.#at);
    if (end < 0) throw broken('it is cut off');
    const line = this.text(end - this.#at);
    this.#advance(1);
    return line;
  }

  /** Two's complement; a number where it is safe. */
  integer(length: number): number | bigint {
    if (length > MAX_INTEGER_BYTES) throw broken(`an integer has ${length} bytes`);
    const bytes = this.bytes(length);
    let value = 0n;
    for (let index = length - 1; index >= 0; index -= 1) value = (value << 8n) | BigInt(bytes[index]!);
    const signed = BigInt.asIntN(8 * length, value);
    const number = Number(signed);
    return Number.isSafeInteger(number) ? number : signed;
  }

  /** @throws GatewayError INVALID_MODEL if fewer bytes are left. */
  expect(length: number): void {
    if (length > this.#bytes.length - this.#at) throw broken('it is cut off');
  }

  #advance(length: number): number {
    this.expect(length);
    const start = this.#at;
    this.#at = start + length;
    return start;
  }

  #isAscii(start: number): boolean {
    for (let at = start; at < this.#at; at += 1) if (this.#bytes[at]! > 127) return false;
    return true;
  }
}

/** The refusal of a file that no pickler writes. */
export function broken(what: string, cause?: unknown): GatewayError {
  return new GatewayError('INVALID_MODEL', `the pickle cannot be read: ${what}`, { cause });
}
