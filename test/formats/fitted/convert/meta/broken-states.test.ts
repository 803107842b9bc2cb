import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../../../../src/errors.ts';
import { convertModel } from '../../../../../src/formats/fitted/convert/convert-model.ts';
import { readPickle } from '../../../../../src/formats/fitted/files/pickle/read-pickle.ts';
import type { StoredObject, StoredValue } from '../../../../../src/formats/fitted/values/stored-value.ts';
import { doubles, integers, list, object, texts } from '../../build-stored.ts';
import { familyFixtures } from '../../family-fixtures.ts';

const FIXTURES = new URL('../../fixtures/families/meta/', import.meta.url).pathname;

const NONSENSE: readonly (StoredValue | undefined)[] = [
  undefined,
  null,
  -1,
  2 ** 53,
  Number.NaN,
  'text',
  list(),
  list(null, 'a'),
  object('shop.Strange'),
  integers([]),
  doubles([1, Number.NaN, 3]),
  texts(['x', 'y', 'z']),
  doubles([], [0, 7]),
];

/** The objects of a model, each once. */
function objectsIn(value: StoredValue, found = new Set<StoredObject>()): Set<StoredObject> {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return found;
  if (value.kind === 'object') {
    if (found.has(value)) return found;
    found.add(value);
    for (const attribute of value.attributes.values()) objectsIn(attribute, found);
  } else if (value.kind === 'list' || value.kind === 'object-array') {
    for (const item of value.items) objectsIn(item, found);
  }
  return found;
}

/** What is thrown instead of a refusal, if anything is. */
function fault(model: StoredValue): unknown {
  try {
    convertModel(model, null);
    return null;
  } catch (error) {
    return error instanceof GatewayError ? null : error;
  }
}

describe('a composition with one attribute that is nonsense', () => {
  it.each(familyFixtures('meta').filter((name) => name.endsWith('.1.9')))(
    'is converted or refused, never a fault: %s',
    (name) => {
      const model = readPickle(readFileSync(`${FIXTURES}${name}.pkl`));
      const faults: string[] = [];
      let tried = 0;
      for (const part of objectsIn(model)) {
        for (const [attribute, value] of [...part.attributes]) {
          for (const nonsense of NONSENSE) {
            if (nonsense === undefined) part.attributes.delete(attribute);
            else part.attributes.set(attribute, nonsense);
            const thrown = fault(model);
            if (thrown !== null) faults.push(`${part.type}.${attribute}: ${thrown}`);
            tried += 1;
          }
          part.attributes.set(attribute, value);
        }
      }
      expect(faults).toEqual([]);
      expect(tried).toBeGreaterThan(100);
    },
  );
});
