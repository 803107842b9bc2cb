import { GatewayError, messageOf } from '../../../errors.ts';
import { numbersOf, scalarsOf } from './array-elements.ts';
import { elementsIn, type NdArray } from './nd-array.ts';
import type { StoredValue } from './stored-value.ts';

/** Numbers in row-major order. */
export interface NumberArray {
  readonly values: Float64Array;
  readonly shape: readonly number[];
}

/**
 * A value of a model file and its path in it, e.g. `steps[1].coef_`, with one method for each kind that a converter may
 * expect. All throw GatewayError INVALID_MODEL that names the path and what stands there instead.
 */
export class Stored {
  readonly value: StoredValue;
  /** For messages; empty for the model itself. */
  readonly path: string;

  constructor(value: StoredValue, path = '') {
    this.value = value;
    this.path = path;
  }

  get isNone(): boolean {
    return this.value === null;
  }

  get isObject(): boolean {
    return isTagged(this.value) && this.value.kind === 'object';
  }

  /** Whether `items` gives something: a list, or an array with one dimension. */
  get isList(): boolean {
    const { value } = this;
    if (!isTagged(value)) return false;
    if (value.kind === 'array' || value.kind === 'object-array') return value.shape.length === 1;
    return value.kind === 'list';
  }

  /** Class of an object in full, name of a name; else `null`. */
  get typeName(): string | null {
    const { value } = this;
    if (!isTagged(value)) return null;
    return value.kind === 'object' ? value.type : value.kind === 'name' ? value.name : null;
  }

  /** Last part of the class, e.g. `LogisticRegression`; else `null`. */
  get className(): string | null {
    const name = this.typeName;
    return name === null ? null : name.slice(name.lastIndexOf('.') + 1);
  }

  /** Whether the object has the attribute, be it None. */
  has(attribute: string): boolean {
    const { value } = this;
    return isTagged(value) && value.kind === 'object' && value.attributes.has(attribute);
  }

  /** An attribute of the object. A fitted one ends in `_`. */
  get(attribute: string): Stored {
    const { value } = this;
    if (!isTagged(value) || value.kind !== 'object') throw this.#not('an object');
    const found = value.attributes.get(attribute);
    if (found !== undefined) return new Stored(found, this.#child(attribute));
    const why = attribute.endsWith('_')
      ? ': it was saved before it was fitted, or by a version of its library that is not known here; fit it, and log it again'
      : '';
    throw new GatewayError('INVALID_MODEL', `${this.label} has no attribute "${attribute}"${why}`);
  }

  /** The attribute, or `null` if it is absent or None. */
  find(attribute: string): Stored | null {
    if (!this.has(attribute)) return null;
    const found = this.get(attribute);
    return found.isNone ? null : found;
  }

  /** Class and path, for messages: `LogisticRegression at steps[1]`. */
  get label(): string {
    const what = this.className ?? describe(this.value);
    return this.path === '' ? what : `${what} at ${this.path}`;
  }

  number(): number {
    const value = this.#scalar();
    if (typeof value === 'number') return value;
    if (typeof value === 'boolean') return value ? 1 : 0;
    throw this.#not('a number');
  }

  integer(): number {
    const value = this.number();
    if (Number.isSafeInteger(value)) return value;
    throw this.#not('an integer');
  }

  boolean(): boolean {
    const value = this.#scalar();
    if (typeof value === 'boolean') return value;
    if (value === 0 || value === 1) return value === 1;
    throw this.#not('True or False');
  }

  text(): string {
    const value = this.#scalar();
    if (typeof value === 'string') return value;
    throw this.#not('a text');
  }

  /** Items of a list, tuple, set or one-dimensional array (of objects or of scalars). */
  items(): Stored[] {
    const { value } = this;
    const at = (item: StoredValue, index: number) => new Stored(item, `${this.path}[${index}]`);
    if (isTagged(value) && value.kind === 'list') return value.items.map(at);
    if (isTagged(value) && value.kind === 'object-array') return value.items.map(at);
    if (isTagged(value) && value.kind === 'array' && value.shape.length === 1)
      return scalarsOf(value).map(at);
    throw this.#not('a list');
  }

  /** Entries of a dict, in order. */
  entries(): { readonly key: Stored; readonly value: Stored }[] {
    const { value } = this;
    if (!isTagged(value) || value.kind !== 'map') throw this.#not('a dict');
    return [...value.entries].map(([key, item]) => ({
      key: new Stored(key, `a key of ${this.path}`),
      value: new Stored(item, `${this.path}[${typeof key === 'string' ? JSON.stringify(key) : String(key)}]`),
    }));
  }

  /** Shape of an array; `[]` for a plain number. */
  shape(): readonly number[] {
    const { value } = this;
    if (isTagged(value) && (value.kind === 'array' || value.kind === 'object-array')) return value.shape;
    if (isTagged(value) && value.kind === 'list') return [value.items.length];
    return [];
  }

  /** An array of numbers (booleans are 0 and 1), a list of numbers, or one number (shape `[]`). */
  numbers(): NumberArray {
    const { value } = this;
    if (isTagged(value) && value.kind === 'array') {
      return this.#located(() => ({ values: numbersOf(value), shape: value.shape }));
    }
    if (isTagged(value) && (value.kind === 'list' || value.kind === 'object-array')) {
      const values = Float64Array.from(this.items(), (item) => item.number());
      return { values, shape: this.shape() };
    }
    return { values: Float64Array.of(this.number()), shape: [] };
  }

  /** As `numbers`, of exactly this shape; −1 is any. */
  numbersOfShape(...shape: readonly number[]): NumberArray {
    const array = this.numbers();
    const fits =
      array.shape.length === shape.length &&
      shape.every((dim, axis) => dim === -1 || dim === array.shape[axis]);
    if (fits) return array;
    throw this.#not(`an array of shape [${shape.map((dim) => (dim === -1 ? '?' : dim)).join(', ')}]`);
  }

  /** One field of an array of records, in row-major order. */
  field(name: string): Float64Array {
    const array = this.array();
    return this.#located(() => numbersOf(array, name));
  }

  hasField(name: string): boolean {
    const { dtype } = this.array();
    return dtype.letter === 'record' && dtype.fields.some((field) => field.name === name);
  }

  array(): NdArray {
    const { value } = this;
    if (isTagged(value) && value.kind === 'array') return value;
    throw this.#not('an array');
  }

  /** Plain scalars in row-major order: numbers, bigints where they are unsafe, texts, booleans, None. */
  scalars(): (string | number | bigint | boolean | null)[] {
    const { value } = this;
    if (isTagged(value) && value.kind === 'array') return this.#located(() => scalarsOf(value));
    return this.items().map((item) => item.#scalar());
  }

  #scalar(): string | number | bigint | boolean | null {
    const { value } = this;
    if (value === null || typeof value !== 'object') return value;
    if (isTagged(value) && value.kind === 'array' && elementsIn(value.shape) === 1) {
      return this.#located(() => scalarsOf(value)[0] ?? null);
    }
    throw this.#not('a plain value');
  }

  #child(attribute: string): string {
    return this.path === '' ? attribute : `${this.path}.${attribute}`;
  }

  #located<T>(read: () => T): T {
    try {
      return read();
    } catch (error) {
      throw new GatewayError('INVALID_MODEL', `${this.path || 'the model'}: ${messageOf(error)}`, {
        cause: error,
      });
    }
  }

  #not(wanted: string): GatewayError {
    const where = this.path === '' ? 'the model' : this.path;
    return new GatewayError('INVALID_MODEL', `${where} is not ${wanted} but ${describe(this.value)}`);
  }
}

function isTagged(
  value: StoredValue,
): value is Exclude<StoredValue, null | boolean | number | bigint | string | Uint8Array> {
  return typeof value === 'object' && value !== null && !(value instanceof Uint8Array);
}

/** What a value is, without its contents. */
function describe(value: StoredValue): string {
  if (value === null) return 'None';
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (!isTagged(value)) return `a ${typeof value}`;
  switch (value.kind) {
    case 'list':
      return `a list of ${value.items.length}`;
    case 'map':
      return `a dict of ${value.entries.size}`;
    case 'name':
      return `the name ${value.name}`;
    case 'object':
      return `a ${value.type}`;
    case 'array':
      return `an array of shape [${value.shape.join(', ')}]`;
    case 'object-array':
      return `an array of objects of shape [${value.shape.join(', ')}]`;
  }
}
