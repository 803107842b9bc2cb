import { GatewayError } from '../../../../errors.ts';
import type { Stored } from '../../values/stored.ts';
import type { Block, Features } from '../features.ts';
import { type Categories, categoriesOf } from './categories.ts';

/** One column that an encoder maps, and what it becomes before it is written out. */
export interface EncodedColumn {
  readonly block: Block;
  readonly categories: Categories;
  /** Position of each category after rare ones were put together; `null` for a missing one that stays apart. */
  readonly grouped: readonly (number | null)[];
  /** Number of different positions in `grouped`. */
  readonly groups: number;
  /** Where the rare categories are; `null` if there are none. */
  readonly rare: number | null;
}

/** What `OneHotEncoder` and `OrdinalEncoder` know of each of their columns. @throws GatewayError INVALID_MODEL. */
export function encodedColumns(estimator: Stored, features: Features): EncodedColumn[] {
  const categories = estimator.get('categories_').items();
  if (categories.length !== features.width) {
    throw new GatewayError(
      'INVALID_MODEL',
      `${estimator.label} has categories of ${categories.length} columns and gets ${features.width}`,
    );
  }
  const mappings = mappingsOf(estimator);
  return categories.map((stored, at) => {
    const known = categoriesOf(stored);
    const mapping = mappings?.[at] ?? null;
    return { block: features.column(at), categories: known, ...grouping(known, mapping) };
  });
}

/** `null` where no category is rare. */
function mappingsOf(estimator: Stored): Stored[] | null {
  const isEnabled = estimator.find('_infrequent_enabled')?.boolean() ?? false;
  return isEnabled ? estimator.get('_default_to_infrequent_mappings').items() : null;
}

function grouping(
  { values, missing }: Categories,
  mapping: Stored | null,
): Pick<EncodedColumn, 'grouped' | 'groups' | 'rare'> {
  const count = values.length;
  if (mapping === null || mapping.isNone) return { grouped: [...values.keys()], groups: count, rare: null };
  const positions = [...mapping.numbersOfShape(-1).values];
  // The missing category, always the last, is left out of it by an OrdinalEncoder.
  const isShort = missing !== null && positions.length === count - 1 && missing.position === count - 1;
  const rare = Math.max(...positions);
  const isWithin = positions.every(
    (position) => Number.isInteger(position) && position >= 0 && position < count,
  );
  if (!isWithin || (positions.length !== count && !isShort)) {
    throw new GatewayError('INVALID_MODEL', `${mapping.path} does not map ${count} categories`);
  }
  return { grouped: isShort ? [...positions, null] : positions, groups: rare + 1, rare };
}
