import { findIntended } from '../model/misspelling.ts';

/** `; did you mean "…"?` with the most similar of `known`, or an empty text if none is similar. */
export function suggestName(name: string, known: readonly string[]): string {
  const byStem = new Map(known.map((candidate) => [stemOf(candidate), candidate]));
  const stem = findIntended(stemOf(name), byStem.keys());
  return stem === null ? '' : `; did you mean "${byStem.get(stem)}"?`;
}

// So that SWITCHYARD_PORT is near to PORT, and SWITCHYARD_TRACKING_URI to MLFLOW_TRACKING_URI.
function stemOf(name: string): string {
  return name.replace(/^(SWITCHYARD|MLFLOW)_/, '');
}
