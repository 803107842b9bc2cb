import type { StoredList, StoredMap, StoredValue } from '../../values/stored-value.ts';
import { HEAP_COST } from '../heap-budget.ts';
import { isList, isMap, isOfKind } from '../stored-kind.ts';
import { broken } from './pickle-cursor.ts';
import type { PickleMachine } from './pickle-machine.ts';

/** Adds items to the list or set on top of the stack; those of a class derived from one stand under the empty name. */
export function appendItems(machine: PickleMachine, items: readonly StoredValue[]): void {
  const target = collected(machine, isList, () => machine.list([]));
  machine.budget.take(items.length * HEAP_COST.slot);
  for (const item of items) target.items.push(item);
}

/** Sets keys and values, which alternate, in the dict on top of the stack; as `appendItems`. */
export function setEntries(machine: PickleMachine, items: readonly StoredValue[]): void {
  if (items.length % 2 !== 0) throw broken('a key has no value');
  const target = collected(machine, isMap, () => {
    machine.budget.take(HEAP_COST.map);
    return { kind: 'map', entries: new Map() };
  });
  machine.budget.take((items.length / 2) * HEAP_COST.entry);
  for (let index = 0; index < items.length; index += 2) {
    target.entries.set(items[index] as StoredValue, items[index + 1] as StoredValue);
  }
}

function collected<Collection extends StoredList | StoredMap>(
  machine: PickleMachine,
  isCollection: (value: StoredValue | undefined) => value is Collection,
  make: () => Collection,
): Collection {
  const target = machine.top();
  if (isCollection(target)) return target;
  if (!isOfKind(target, 'object')) throw broken('items are added to what takes none');
  const { attributes } = target;
  const own = attributes.get('');
  if (isCollection(own)) return own;
  const made = make();
  attributes.set('', made);
  return made;
}
