import type { StoredName, StoredObject, StoredValue } from '../../values/stored-value.ts';
import { MAX_NAME_LENGTH, MAX_NODE_DEPTH } from '../bounds.ts';
import type { HeapBudget } from '../heap-budget.ts';
import { newObject } from '../inert-object.ts';
import { normalName } from '../normal-name.ts';
import { type KnownDtypes, type NpyContent, readNpy } from '../npy.ts';
import type { Zip } from '../zip.ts';
import { NODE_LOADERS } from './node-loaders.ts';
import { brokenSkops, SkopsNode } from './skops-node.ts';

export interface SkopsReaderOptions {
  readonly zip: Zip;
  readonly budget: HeapBudget;
  /** As in `Schema`. */
  readonly hasMarkedKeys: boolean;
}

/** Turns nodes of `schema.json` into values. Files of the zip that several nodes name become one value. */
export class SkopsReader {
  readonly zip: Zip;
  readonly budget: HeapBudget;
  readonly hasMarkedKeys: boolean;
  readonly #dtypes: KnownDtypes = new Map();
  readonly #files = new Map<string, unknown>();
  /** By module, then by class: the same few hundred names are mentioned in every node. */
  readonly #names = new Map<string, Map<string, StoredName>>();
  #depth = 0;

  constructor({ zip, budget, hasMarkedKeys }: SkopsReaderOptions) {
    this.zip = zip;
    this.budget = budget;
    this.hasMarkedKeys = hasMarkedKeys;
  }

  /** @throws GatewayError INVALID_MODEL. */
  read(json: unknown): StoredValue {
    const node = new SkopsNode(json);
    this.#depth += 1;
    if (this.#depth > MAX_NODE_DEPTH) throw brokenSkops(`it nests values more than ${MAX_NODE_DEPTH} deep`);
    const load = NODE_LOADERS.get(node.loader);
    const value = load === undefined ? this.#unknown(node) : load(this, node);
    this.#depth -= 1;
    return value;
  }

  /** What a loader of tomorrow makes is of a class that no converter knows. */
  #unknown(node: SkopsNode): StoredObject {
    return node.className === '' ? newObject(node.loader.slice(0, MAX_NAME_LENGTH)) : this.object(node);
  }

  readAll(items: readonly unknown[]): StoredValue[] {
    return items.map((item) => this.read(item));
  }

  /** What `read` makes of the file that the node names, once for each file. */
  file<Content>(node: SkopsNode, read: (bytes: Uint8Array, name: string) => Content): Content {
    const name = node.text('file');
    const key = `${node.loader} ${name}`;
    const known = this.#files.get(key);
    if (known !== undefined) return known as Content;
    const content = read(this.zip.read(name), name);
    this.#files.set(key, content);
    return content;
  }

  /** A `.npy` file. */
  array(node: SkopsNode): NpyContent {
    return this.file(node, (bytes, name) => readNpy(bytes, name, this.#dtypes));
  }

  /** Class or function of a node: one value for each name. */
  name({ module, className }: SkopsNode): StoredName {
    const known = this.#names.get(module)?.get(className);
    if (known !== undefined) return known;
    const value: StoredName = { kind: 'name', name: normalName(module, className) };
    const names = this.#names.get(module) ?? new Map<string, StoredName>();
    this.#names.set(module, names.set(className, value));
    return value;
  }

  /** An inert object of the node's class. */
  object(node: SkopsNode, args: readonly StoredValue[] = []): StoredObject {
    return newObject(this.name(node).name, args);
  }
}
