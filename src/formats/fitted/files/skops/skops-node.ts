import { GatewayError } from '../../../../errors.ts';

/** An object of `schema.json`. */
export type JsonMembers = Readonly<Record<string, unknown>>;

/** A node of `schema.json`: a value, the class it is of, and the loader that makes it from the node's members. */
export class SkopsNode {
  readonly loader: string;
  readonly className: string;
  readonly module: string;
  readonly #json: JsonMembers;

  /** @throws GatewayError INVALID_MODEL if it is no node. */
  constructor(json: unknown) {
    if (!isMembers(json)) throw brokenSkops('a value is no node');
    const { __loader__: loader, __class__: className, __module__: module } = json;
    if (typeof loader !== 'string') throw brokenSkops('a node has no loader');
    this.#json = json;
    this.loader = loader;
    this.className = typeof className === 'string' ? className : '';
    this.module = typeof module === 'string' ? module : '';
  }

  /** A member of any kind. */
  get(key: string): unknown {
    return this.#json[key];
  }

  /** A member that holds others by name. */
  members(key: string): JsonMembers {
    const value = this.#json[key];
    if (isMembers(value)) return value;
    throw this.#broken(key);
  }

  list(key: string): readonly unknown[] {
    const value = this.#json[key];
    if (Array.isArray(value)) return value;
    throw this.#broken(key);
  }

  text(key: string): string {
    const value = this.#json[key];
    if (typeof value === 'string') return value;
    throw this.#broken(key);
  }

  #broken(key: string): GatewayError {
    return brokenSkops(`a ${this.loader.slice(0, 50)} has no "${key}" as it has to have`);
  }
}

export function isMembers(json: unknown): json is JsonMembers {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}

/** The refusal of a file that skops does not write. */
export function brokenSkops(what: string): GatewayError {
  return new GatewayError('INVALID_MODEL', `the skops file cannot be read: ${what}`);
}
