import { GatewayError } from '../../../errors.ts';
import type { StoredObject, StoredValue } from '../values/stored-value.ts';
import { MAX_INTEGER_DIGITS, MAX_JSON_DEPTH } from './bounds.ts';
import { doubleArray } from './double-array.ts';
import { HEAP_COST, type HeapBudget } from './heap-budget.ts';
import { newObject } from './inert-object.ts';
import { JSON_WORDS } from './json-words.ts';

/** The class of the objects of files that know no classes (JSON and its like). */
export const PLAIN_OBJECT = 'json.object';

/**
 * Reads JSON as Python's `json` module and XGBoost write it, with NaN and infinities, which `JSON.parse` refuses. An object has
 * its members as attributes, and a list of numbers is an array of float64.
 *
 * @param what names the text in messages.
 * @throws GatewayError INVALID_MODEL.
 */
export function parseJsonValue(text: string, budget: HeapBudget, what: string): StoredValue {
  const parser = new Parser(text, budget, what);
  return parser.parseAll();
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

const CODE = {
  quote: 34,
  comma: 44,
  zero: 48,
  nine: 57,
  minus: 45,
  colon: 58,
  open: 91,
  backslash: 92,
} as const;
const CLOSE = 93;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;
const SPACE = 32;

class Parser {
  readonly #text: string;
  readonly #budget: HeapBudget;
  readonly #what: string;
  #at = 0;
  #depth = 0;

  constructor(text: string, budget: HeapBudget, what: string) {
    this.#text = text;
    this.#budget = budget;
    this.#what = what;
  }

  parseAll(): StoredValue {
    const value = this.#value();
    if (!Number.isNaN(this.#next())) throw this.#broken();
    return value;
  }

  #value(): StoredValue {
    switch (this.#next()) {
      case CODE.quote:
        return this.#string();
      case OPEN_BRACE:
        return this.#object();
      case CODE.open:
        return this.#array();
      default:
        return this.#scalar();
    }
  }

  /** The code of the next character that is no space; NaN at the end. */
  #next(): number {
    const text = this.#text;
    let code = text.charCodeAt(this.#at);
    while (code === SPACE || code === 10 || code === 13 || code === 9) {
      this.#at += 1;
      code = text.charCodeAt(this.#at);
    }
    return code;
  }

  #object(): StoredObject {
    this.#budget.take(HEAP_COST.map);
    const object = newObject(PLAIN_OBJECT);
    let isFirst = true;
    this.#enter();
    while (this.#next() !== CLOSE_BRACE) {
      if (!isFirst) this.#take(CODE.comma);
      isFirst = false;
      if (this.#next() !== CODE.quote) throw this.#broken();
      this.#budget.take(HEAP_COST.entry);
      const key = this.#string();
      this.#take(CODE.colon);
      object.attributes.set(key, this.#value());
    }
    this.#leave();
    return object;
  }

  #array(): StoredValue {
    const items: StoredValue[] = [];
    let areNumbers = true;
    this.#enter();
    while (this.#next() !== CLOSE) {
      if (items.length > 0) this.#take(CODE.comma);
      this.#budget.take(HEAP_COST.slot);
      const item = this.#value();
      if (typeof item !== 'number') areNumbers = false;
      items.push(item);
    }
    this.#leave();
    if (areNumbers && items.length > 0) {
      this.#budget.take(HEAP_COST.array);
      return doubleArray(Float64Array.from(items as number[]));
    }
    this.#budget.take(HEAP_COST.list);
    return { kind: 'list', items };
  }

  #enter(): void {
    this.#at += 1;
    this.#depth += 1;
    if (this.#depth > MAX_JSON_DEPTH) throw this.#broken(`nests more than ${MAX_JSON_DEPTH} deep`);
  }

  #leave(): void {
    this.#at += 1;
    this.#depth -= 1;
  }

  #take(code: number): void {
    if (this.#next() !== code) throw this.#broken();
    this.#at += 1;
  }

  #string(): string {
    const text = this.#text;
    const start = this.#at + 1;
    let at = start;
    let code = text.charCodeAt(at);
    while (code !== CODE.quote && code !== CODE.backslash && code >= SPACE) {
      at += 1;
      code = text.charCodeAt(at);
    }
    if (code !== CODE.quote) return this.#escapedString();
    this.#at = at + 1;
    return text.slice(start, at);
  }

  /** A string with escapes, or a broken one. */
  #escapedString(): string {
    const start = this.#at;
    let end = start;
    do {
      end = this.#text.indexOf('"', end + 1);
      if (end < 0) throw this.#broken('is cut off');
    } while (this.#isEscaped(end));
    this.#at = end + 1;
    this.#budget.take(HEAP_COST.scalar + end - start);
    try {
      return JSON.parse(this.#text.slice(start, end + 1)) as string;
    } catch {
      throw this.#broken();
    }
  }

  #isEscaped(quote: number): boolean {
    let at = quote;
    while (this.#text.charCodeAt(at - 1) === CODE.backslash) at -= 1;
    return (quote - at) % 2 === 1;
  }

  #scalar(): StoredValue {
    const code = this.#text.charCodeAt(this.#at);
    if (code === CODE.minus || (code >= CODE.zero && code <= CODE.nine)) {
      NUMBER.lastIndex = this.#at;
      const match = NUMBER.exec(this.#text);
      if (match !== null) {
        this.#at = NUMBER.lastIndex;
        return this.#number(match[0]);
      }
    }
    for (const [word, value] of JSON_WORDS) {
      if (!this.#text.startsWith(word, this.#at)) continue;
      this.#at += word.length;
      return value;
    }
    throw this.#broken();
  }

  #number(text: string): number | bigint {
    const number = Number(text);
    if (Number.isSafeInteger(number) || !/^-?\d+$/.test(text)) return number;
    if (text.length > MAX_INTEGER_DIGITS) throw this.#broken(`has an integer of ${text.length} digits`);
    return BigInt(text);
  }

  #broken(why = 'is no JSON'): GatewayError {
    return new GatewayError('INVALID_MODEL', `${this.#what} ${why} at character ${this.#at}`);
  }
}
