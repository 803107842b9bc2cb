import type { Scope } from '../converter.ts';
import { type FeatureColumn, Features } from '../features.ts';
import type { EncodedColumn } from './encoded-column.ts';

/**
 * The encoder raises for a value that it does not know: the request's columns take the categories only, and `null` only
 * where it is one of them. (Where a column has other values than the request's, the look-up in the graph fails:
 * `categoryPositions`.)
 */
export function refuseUnknown(columns: readonly EncodedColumn[], scope: Scope): void {
  const blocks = columns.flatMap(({ block, categories }) => (categories.missing === null ? [block] : []));
  scope.refuseNaN(new Features(scope.graph, blocks));
  for (const { block, categories } of columns) {
    const { missing } = categories;
    const present = (categories.values as readonly (string | number)[]).filter(
      (_, at) => at !== missing?.position,
    );
    scope.refuseOthers(block.columns[0] as FeatureColumn, present);
  }
}
