import type { Stored } from '../../values/stored.ts';
import { categoriesOf } from './categories.ts';

/** Positions of the columns whose `categories_` are texts. */
export function textColumnsOfCategories(estimator: Stored): ReadonlySet<number> {
  const columns = estimator.get('categories_').items();
  return new Set([...columns.keys()].filter((at) => categoriesOf(columns[at] as Stored).kind === 'text'));
}
