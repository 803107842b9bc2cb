import type { Stored } from '../values/stored.ts';

/** Whether it is an array of float32: the estimator was trained on such, and some of its sums stay in that precision. */
export function isSingle({ value }: Stored): boolean {
  if (typeof value !== 'object' || value === null || !('kind' in value) || value.kind !== 'array')
    return false;
  return value.dtype.letter === 'f' && value.dtype.itemBytes === 4;
}
