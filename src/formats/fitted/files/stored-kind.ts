import type { StoredList, StoredMap, StoredValue } from '../values/stored-value.ts';

/** The kinds of values that tell what they are. */
type Kind = Extract<StoredValue, { readonly kind: string }>['kind'];

export function isOfKind<K extends Kind>(
  value: StoredValue | undefined,
  kind: K,
): value is Extract<StoredValue, { readonly kind: K }> {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === kind;
}

export function isList(value: StoredValue | undefined): value is StoredList {
  return isOfKind(value, 'list');
}

export function isMap(value: StoredValue | undefined): value is StoredMap {
  return isOfKind(value, 'map');
}
