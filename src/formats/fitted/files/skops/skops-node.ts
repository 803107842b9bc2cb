import { GatewayError } from '../../../../errors.ts';
import { normalName } from '../normal-name.ts';
import { JsonObject, type PythonJson } from './python-json.ts';

/** A node of `schema.json`: a value, the class it is of, and the loader that makes it from the node's members. */
export class SkopsNode {
  readonly loader: string;
  readonly className: string;
  readonly module: string;
  readonly #json: JsonObject;

  /** @throws GatewayError INVALID_MODEL if it is no node. */
  constructor(json: PythonJson | undefined) {
    if (!(json instanceof JsonObject)) throw brokenSkops('a value is no node');
    this.#json = json;
    this.loader = textOr(json.get('__loader__'), '');
    this.className = textOr(json.get('__class__'), '');
    this.module = textOr(json.get('__module__'), '');
    if (this.loader === '') throw brokenSkops('a node has no loader');
  }

  /** Class or function in full. */
  get name(): string {
    return normalName(this.module, this.className);
  }

  /** A member of any kind. */
  get(key: string): PythonJson | undefined {
    return this.#json.get(key);
  }

  /** A member that holds others by name. */
  members(key: string): JsonObject {
    const value = this.#json.get(key);
    if (value instanceof JsonObject) return value;
    throw this.#broken(key);
  }

  list(key: string): readonly PythonJson[] {
    const value = this.#json.get(key);
    if (Array.isArray(value)) return value;
    throw this.#broken(key);
  }

  text(key: string): string {
    const value = this.#json.get(key);
    if (typeof value === 'string') return value;
    throw this.#broken(key);
  }

  #broken(key: string): GatewayError {
    return brokenSkops(`a ${this.loader.slice(0, 50)} has no "${key}" as it has to have`);
  }
}

/** The refusal of a file that skops does not write. */
export function brokenSkops(what: string): GatewayError {
  return new GatewayError('INVALID_MODEL', `the skops file cannot be read: ${what}`);
}

function textOr(value: PythonJson | undefined, fallback: string): string {
  return typeof value === 'string' ? value : fallback;
}
