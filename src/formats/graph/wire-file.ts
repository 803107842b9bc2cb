import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { WireType } from '@bufbuild/protobuf/wire';
import { GatewayError } from '../../errors.ts';
import { quote } from './quote.ts';

/** Bytes `start` to `end` (exclusive) of a file. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** One field of a protobuf message: where it stands with its tag, and where its value does. */
export interface WireField extends ByteRange {
  readonly number: number;
  readonly wireType: WireType;
  /** The payload without tag and length. */
  readonly value: ByteRange;
}

const WINDOW_BYTES = 256 * 1024;
/** What is smaller is read through the window. */
const SMALL_BYTES = 4096;
/** A tag, and a length below 128 with its bytes, or a number. */
const LONGEST_SHORT_FIELD = 129;
const UTF8 = new TextDecoder();
/** Protobuf itself takes no more. */
const MAX_FILE_BYTES = 2 ** 31 - 1;
/** Bounds on the work and memory that a hostile file can cost; the largest real graphs need a tenth. */
const MAX_FIELDS = 4_000_000;
const MAX_TEXT_BYTES = 64 * 1024 * 1024;

/**
 * A protobuf file that is walked field by field without being held in memory: it is read through a window, and what is
 * skipped (the weights of a network) is never read. Reads block; each is at most a window or what `bytes` is asked for.
 */
export class WireFile {
  readonly name: string;
  readonly size: number;
  readonly #descriptor: number;
  readonly #buffer = new ArrayBuffer(WINDOW_BYTES);
  #window = new Uint8Array(0);
  #windowStart = 0;
  #fieldsLeft = MAX_FIELDS;
  #textBytesLeft = MAX_TEXT_BYTES;
  #isClosed = false;

  /**
   * @param name how messages call the file.
   * @throws GatewayError INVALID_MODEL if it is larger than protobuf allows.
   */
  constructor(path: string, name: string) {
    this.name = name;
    this.#descriptor = openSync(path, 'r');
    this.size = fstatSync(this.#descriptor).size;
    if (this.size > MAX_FILE_BYTES) {
      this.close();
      throw this.invalid('is larger than 2 GiB, which protobuf does not allow; save it with external data');
    }
  }

  get all(): ByteRange {
    return { start: 0, end: this.size };
  }

  /** The fields of the message that fills `range`, in order. @throws GatewayError INVALID_MODEL. */
  *fields(range: ByteRange): Generator<WireField> {
    for (let offset = range.start; offset < range.end; ) {
      const field = this.#readField(offset, range.end);
      yield field;
      offset = field.end;
    }
  }

  /**
   * As `fields`, but numbers of the same field that stand one behind the other come as one field that spans all, and so
   * do texts and messages of the fields in `skipped`: a tree ensemble has millions of each.
   */
  *fieldRuns(range: ByteRange, skipped: ReadonlySet<number>): Generator<WireField> {
    for (let offset = range.start; offset < range.end; ) {
      const field = this.#readField(offset, range.end);
      const isRun = field.wireType !== WireType.LengthDelimited || skipped.has(field.number);
      const end = isRun ? this.#runEnd(field, range.end) : field.end;
      yield { ...field, end };
      offset = end;
    }
  }

  /** A copy of the bytes. */
  bytes(range: ByteRange): Uint8Array {
    const length = range.end - range.start;
    if (length > 0 && length <= SMALL_BYTES) {
      if (!this.#isInWindow(range.start) || !this.#isInWindow(range.end - 1)) this.#moveWindow(range.start);
      const start = range.start - this.#windowStart;
      return this.#window.slice(start, start + length);
    }
    const bytes = new Uint8Array(length);
    this.#readInto(bytes, range.start);
    return bytes;
  }

  text(range: ByteRange): string {
    this.#textBytesLeft -= range.end - range.start;
    if (this.#textBytesLeft < 0) throw this.invalid('holds more names than any model has');
    return UTF8.decode(this.bytes(range));
  }

  invalid(what: string): GatewayError {
    return new GatewayError('INVALID_MODEL', `the file ${quote(this.name)} ${what}`);
  }

  /** Idempotent. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    closeSync(this.#descriptor);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #readField(start: number, limit: number): WireField {
    this.#fieldsLeft -= 1;
    if (this.#fieldsLeft < 0) throw this.invalid('holds more parts than any model has');
    const [tag, afterTag] = this.#readVarint(start, limit);
    const number = Math.floor(tag / 8);
    const wireType = (tag % 8) as WireType;
    if (number === 0) throw this.invalid(`is no ONNX model (nonsense at byte ${start})`);
    const value = this.#valueRange(wireType, afterTag, limit);
    return { number, wireType, start, end: value.end, value };
  }

  #valueRange(wireType: WireType, start: number, limit: number): ByteRange {
    let value: ByteRange;
    switch (wireType) {
      case WireType.Varint:
        value = { start, end: this.#readVarint(start, limit)[1] };
        break;
      case WireType.Bit64:
        value = { start, end: start + 8 };
        break;
      case WireType.Bit32:
        value = { start, end: start + 4 };
        break;
      case WireType.LengthDelimited: {
        const [length, payload] = this.#readVarint(start, limit);
        value = { start: payload, end: payload + length };
        break;
      }
      default:
        throw this.invalid(`is no ONNX model (nonsense at byte ${start})`);
    }
    if (value.end > limit) throw this.#cutOff(start, value.end - limit);
    return value;
  }

  #runEnd(field: WireField, limit: number): number {
    // Fields from 16 up have longer tags; none that repeats is among them.
    if (field.number >= 16) return field.end;
    const tag = this.#byte(field.start);
    let end = field.end;
    while (end < limit && this.#byte(end) === tag) {
      const skipped = this.#skipInWindow(tag, end, limit);
      end = skipped > end ? skipped : this.#valueRange(field.wireType, end + 1, limit).end;
    }
    return end;
  }

  /** Skips short fields that begin with `tag` as far as the window has them whole; the bulk of a large file. */
  #skipInWindow(tag: number, offset: number, limit: number): number {
    const window = this.#window;
    const last = Math.min(window.length, limit - this.#windowStart) - LONGEST_SHORT_FIELD;
    let at = offset - this.#windowStart;
    while (at < last && window[at] === tag) {
      let next = at + 1;
      if (tag % 8 === WireType.Varint) {
        while ((window[next] as number) >= 0x80) next += 1;
        next += 1;
      } else if (tag % 8 === WireType.Bit32) next += 4;
      else if (tag % 8 === WireType.LengthDelimited && (window[next] as number) < 0x80)
        next += 1 + (window[next] as number);
      else break;
      if (next > at + LONGEST_SHORT_FIELD) break;
      at = next;
    }
    return at + this.#windowStart;
  }

  #readVarint(start: number, limit: number): [value: number, end: number] {
    let value = 0;
    let scale = 1;
    for (let offset = start; offset < limit && offset < start + 10; offset += 1) {
      const byte = this.#byte(offset);
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return [value, offset + 1];
      scale *= 128;
    }
    throw start + 10 <= limit
      ? this.invalid(`is no ONNX model (nonsense at byte ${start})`)
      : this.#cutOff(start, 1);
  }

  #cutOff(at: number, missing: number): GatewayError {
    return this.invalid(
      `is cut off or no ONNX model: the part at byte ${at} needs ${missing} bytes more than there are`,
    );
  }

  #byte(offset: number): number {
    if (!this.#isInWindow(offset)) this.#moveWindow(offset);
    return this.#window[offset - this.#windowStart] as number;
  }

  #isInWindow(offset: number): boolean {
    return offset >= this.#windowStart && offset < this.#windowStart + this.#window.length;
  }

  #moveWindow(offset: number): void {
    this.#window = new Uint8Array(this.#buffer, 0, Math.min(WINDOW_BYTES, this.size - offset));
    this.#windowStart = offset;
    this.#readInto(this.#window, offset);
  }

  #readInto(target: Uint8Array, position: number): void {
    for (let done = 0; done < target.length; ) {
      const count = readSync(this.#descriptor, target, done, target.length - done, position + done);
      if (count === 0) throw this.invalid('became shorter while it was read');
      done += count;
    }
  }
}
