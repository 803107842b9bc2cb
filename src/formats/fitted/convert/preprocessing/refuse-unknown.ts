import type { Scope } from '../converter.ts';
import { Features } from '../features.ts';
import type { EncodedColumn } from './encoded-column.ts';

/**
 * The encoder raises for a value that it does not know, so a column without a missing category takes no `null`. (Other
 * values make the look-up in the graph fail: `categoryPositions`.)
 */
export function refuseUnknown(columns: readonly EncodedColumn[], scope: Scope): void {
  const blocks = columns.flatMap(({ block, categories }) => (categories.missing === null ? [block] : []));
  scope.refuseNaN(new Features(scope.graph, blocks));
}
