import type { StoredList, StoredMap, StoredObject, StoredValue } from '../values/stored-value.ts';
import { HEAP_COST, type HeapBudget } from './heap-budget.ts';
import { isList, isMap } from './stored-kind.ts';

/** An object without attributes. */
export function newObject(type: string, args: readonly StoredValue[] = []): StoredObject {
  return { kind: 'object', type, args, attributes: new Map() };
}

/**
 * Gives an object the state that was saved of it: a dict, None, or a pair of those (the second is of slots), as
 * Python's `object.__getstate__` makes it; anything else stands under the empty name.
 */
export function applyState(object: StoredObject, state: StoredValue, budget: HeapBudget): void {
  const parts = isPairOfDicts(state) ? state.items : [state];
  for (const part of parts) {
    if (part === null) continue;
    if (isMap(part) && hasTextKeys(part, budget)) {
      for (const [name, value] of part.entries) object.attributes.set(name as string, value);
    } else object.attributes.set('', part);
  }
}

function isPairOfDicts(state: StoredValue): state is StoredList {
  return (
    isList(state) && state.items.length === 2 && state.items.every((part) => part === null || isMap(part))
  );
}

/** Charges for all entries first: the same dict can be the state of many objects. */
function hasTextKeys({ entries }: StoredMap, budget: HeapBudget): boolean {
  budget.take(entries.size * HEAP_COST.entry);
  for (const key of entries.keys()) if (typeof key !== 'string') return false;
  return true;
}
