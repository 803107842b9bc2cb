import { GatewayError } from '../../../../errors.ts';
import type { NdArray, PlainDtype } from '../../values/nd-array.ts';
import type { StoredObject, StoredValue } from '../../values/stored-value.ts';
import { MAX_JSON_DEPTH } from '../bounds.ts';
import { HEAP_COST, type HeapBudget } from '../heap-budget.ts';
import { newObject } from '../inert-object.ts';
import { PLAIN_OBJECT } from '../json-value.ts';

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** What the markers of numbers mean, as numpy's letter and bytes; all are big-endian. */
const NUMBERS: Readonly<Record<string, readonly ['i' | 'u' | 'f', number]>> = {
  i: ['i', 1],
  U: ['u', 1],
  I: ['i', 2],
  l: ['i', 4],
  L: ['i', 8],
  d: ['f', 4],
  D: ['f', 8],
};

/**
 * Reads UBJSON (draft 12) as XGBoost writes it (`src/common/json.cc`): objects are closed by a brace, arrays are counted,
 * and arrays of numbers have one type, so that they are taken as they lie in the file. An object has its members as
 * attributes.
 */
export class UbjsonReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #budget: HeapBudget;
  #at = 0;
  #depth = 0;

  constructor(bytes: Uint8Array, budget: HeapBudget) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#budget = budget;
  }

  /** @throws GatewayError INVALID_MODEL. */
  read(): StoredValue {
    const value = this.#value(this.#marker());
    if (this.#at < this.#bytes.length) throw this.#broken('goes on behind its end');
    return value;
  }

  #value(marker: string): StoredValue {
    switch (marker) {
      case '{':
        return this.#nested(() => this.#object());
      case '[':
        return this.#nested(() => this.#array());
      case 'S':
        return this.#text();
      case 'C':
        return String.fromCharCode(this.#view.getUint8(this.#advance(1)));
      case 'Z':
        return null;
      case 'T':
        return true;
      case 'F':
        return false;
      default:
        return this.#number(marker);
    }
  }

  #nested<T>(read: () => T): T {
    this.#depth += 1;
    if (this.#depth > MAX_JSON_DEPTH) throw this.#broken(`nests more than ${MAX_JSON_DEPTH} deep`);
    const value = read();
    this.#depth -= 1;
    return value;
  }

  #object(): StoredObject {
    this.#budget.take(HEAP_COST.map);
    const object = newObject(PLAIN_OBJECT);
    while (this.#peek() !== '}') {
      this.#budget.take(HEAP_COST.entry);
      const key = this.#text();
      object.attributes.set(key, this.#value(this.#marker()));
    }
    this.#at += 1;
    return object;
  }

  #array(): StoredValue {
    const type = this.#peek() === '$' ? this.#typeMarker() : null;
    const count = this.#peek() === '#' ? this.#count() : null;
    if (type !== null && count === null) throw this.#broken('has an array of one type without a count');
    if (type !== null) return this.#numbers(type, count as number);
    this.#budget.take(HEAP_COST.list);
    const items: StoredValue[] = [];
    while (count === null ? this.#peek() !== ']' : items.length < count) {
      this.#budget.take(HEAP_COST.slot);
      items.push(this.#value(this.#marker()));
    }
    if (count === null) this.#at += 1;
    return { kind: 'list', items };
  }

  /** Not copied. */
  #numbers(marker: string, count: number): NdArray {
    const known = NUMBERS[marker];
    if (known === undefined) throw this.#broken(`has an array of the type "${marker}"`);
    const [letter, itemBytes] = known;
    const dtype: PlainDtype = { letter, itemBytes, littleEndian: false };
    this.#budget.take(HEAP_COST.array);
    const start = this.#advance(count * itemBytes);
    const bytes = this.#bytes.subarray(start, this.#at);
    return { kind: 'array', dtype, shape: [count], bytes, isFortran: false };
  }

  #typeMarker(): string {
    this.#at += 1;
    return this.#marker();
  }

  #count(): number {
    this.#at += 1;
    return this.#length();
  }

  #length(): number {
    const length = this.#number(this.#marker());
    if (typeof length === 'number' && Number.isSafeInteger(length) && length >= 0) return length;
    throw this.#broken('has a length that is none');
  }

  /** A text without its marker, as the keys of objects are. */
  #text(): string {
    const length = this.#length();
    const start = this.#advance(length);
    this.#budget.take(HEAP_COST.scalar + length);
    try {
      return UTF8.decode(this.#bytes.subarray(start, this.#at));
    } catch {
      throw this.#broken('has a text that is no UTF-8');
    }
  }

  #number(marker: string): number | bigint {
    const view = this.#view;
    switch (marker) {
      case 'i':
        return view.getInt8(this.#advance(1));
      case 'U':
        return view.getUint8(this.#advance(1));
      case 'I':
        return view.getInt16(this.#advance(2));
      case 'l':
        return view.getInt32(this.#advance(4));
      case 'L': {
        const value = view.getBigInt64(this.#advance(8));
        return Number.isSafeInteger(Number(value)) ? Number(value) : value;
      }
      case 'd':
        return view.getFloat32(this.#advance(4));
      case 'D':
        return view.getFloat64(this.#advance(8));
      default:
        throw this.#broken(`has ${JSON.stringify(marker)} where a value begins`);
    }
  }

  #marker(): string {
    return String.fromCharCode(this.#view.getUint8(this.#advance(1)));
  }

  #peek(): string {
    const byte = this.#bytes[this.#at];
    if (byte === undefined) throw this.#broken('is cut off');
    return String.fromCharCode(byte);
  }

  /** The position before `length` more bytes, all of which are there. */
  #advance(length: number): number {
    const start = this.#at;
    if (length > this.#bytes.length - start) throw this.#broken('is cut off');
    this.#at += length;
    return start;
  }

  #broken(why: string): GatewayError {
    return new GatewayError('INVALID_MODEL', `the XGBoost model (UBJSON) ${why} at byte ${this.#at}`);
  }
}
