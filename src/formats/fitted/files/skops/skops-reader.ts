import type { StoredName, StoredValue } from '../../values/stored-value.ts';
import { MAX_NODE_DEPTH } from '../bounds.ts';
import type { HeapBudget } from '../heap-budget.ts';
import { newObject } from '../stored-state.ts';
import type { Zip } from '../zip.ts';
import { NODE_LOADERS } from './node-loaders.ts';
import type { PythonJson } from './python-json.ts';
import { brokenSkops, SkopsNode } from './skops-node.ts';

/** Turns nodes of `schema.json` into values. Files of the zip that several nodes name become one value. */
export class SkopsReader {
  readonly zip: Zip;
  readonly budget: HeapBudget;
  readonly #files = new Map<string, unknown>();
  readonly #names = new Map<string, StoredName>();
  #depth = 0;

  constructor(zip: Zip, budget: HeapBudget) {
    this.zip = zip;
    this.budget = budget;
  }

  /** @throws GatewayError INVALID_MODEL. */
  read(json: PythonJson | undefined): StoredValue {
    return this.readNode(new SkopsNode(json));
  }

  readNode(node: SkopsNode): StoredValue {
    this.#depth += 1;
    if (this.#depth > MAX_NODE_DEPTH) throw brokenSkops(`it nests values more than ${MAX_NODE_DEPTH} deep`);
    const load = NODE_LOADERS.get(node.loader);
    // What a loader of tomorrow makes is a class that no converter knows.
    const value = load === undefined ? newObject(node.name) : load(this, node);
    this.#depth -= 1;
    return value;
  }

  readAll(items: readonly PythonJson[]): StoredValue[] {
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

  /** One value for each name. */
  name(node: SkopsNode): StoredName {
    const full = node.name;
    const known = this.#names.get(full);
    if (known !== undefined) return known;
    const value: StoredName = { kind: 'name', name: full };
    this.#names.set(full, value);
    return value;
  }
}
