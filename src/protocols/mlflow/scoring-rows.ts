import type { PlaceOf } from '../../model/row-reader.ts';

/** The rows of a request, wherever they stood in its body, as `readRows` takes them. */
export interface ScoringRows {
  readonly rows: readonly unknown[];
  readonly place: PlaceOf;
}
