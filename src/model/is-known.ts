import type { Store } from './store-value.ts';

/** Whether a value, as it stands in the input, is one that the model gives an answer for. */
export function isKnown({ known, isSingle }: Pick<Store, 'known' | 'isSingle'>, value: unknown): boolean {
  if (known === null) return true;
  return known.has((isSingle && typeof value === 'number' ? Math.fround(value) : value) as string | number);
}
