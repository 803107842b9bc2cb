import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readPickle } from '../../../../src/formats/fitted/files/pickle/read-pickle.ts';
import { readSkops } from '../../../../src/formats/fitted/files/skops/read-skops.ts';
import type { StoredObject, StoredValue } from '../../../../src/formats/fitted/values/stored-value.ts';

export const VERSIONS = ['sklearn-1.2', 'sklearn-1.9'] as const;
export const PICKLES = ['p2.pkl', 'p3.pkl', 'p4.pkl', 'p5.pkl', 'cloudpickle.pkl'] as const;

/** A file that `fixtures/files/make.py` wrote, e.g. `sklearn-1.9/ridge.skops`. */
export function fixtureFile(path: string): Uint8Array {
  return new Uint8Array(readFileSync(join(import.meta.dirname, '../fixtures/files', path)));
}

export function readFixture(path: string): StoredObject {
  const bytes = fixtureFile(path);
  const value = path.endsWith('.skops') ? readSkops(bytes) : readPickle(bytes);
  if (!isObject(value)) throw new Error(`${path} holds no object`);
  return value;
}

export function isObject(value: StoredValue | undefined): value is StoredObject {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'object';
}

/** Follows attributes, places in lists and texts that are keys of dicts. */
export function at(value: StoredValue, ...path: readonly (string | number)[]): StoredValue {
  let found: StoredValue | undefined = value;
  for (const step of path) {
    if (typeof found !== 'object' || found === null || found instanceof Uint8Array)
      throw new Error(`no ${step}`);
    if (found.kind === 'object') found = found.attributes.get(String(step));
    else if (found.kind === 'map') found = found.entries.get(step);
    else if (found.kind === 'list' || found.kind === 'object-array') found = found.items[Number(step)];
    if (found === undefined) throw new Error(`no ${step}`);
  }
  return found as StoredValue;
}
