import type { Stored } from '../values/stored.ts';
import type { Scope } from './converter.ts';
import type { Features } from './features.ts';

/**
 * For an estimator that decides where values of training stand, in double precision: tells the operator if an earlier step
 * calculated these values in a way that no two libraries round alike, so that such a row may be decided otherwise than by
 * the library.
 *
 * @param matters whether the estimator decides by values of this column; left out: by all.
 */
export function noteLastBit(
  estimator: Stored,
  features: Features,
  scope: Scope,
  matters: (column: number) => boolean = () => true,
): void {
  if (!features.columns.some(({ isRounded }, column) => isRounded === true && matters(column))) return;
  scope.note(
    `${estimator.label} decides by values that an earlier step calculates: where one stands exactly at a value of training, ` +
      'its last bit decides, and the answer may differ from the library’s',
  );
}
