import { findIntended } from '../model/misspelling.ts';

/** `; did you mean "iris"?` to append to a message, or the empty text if nothing `known` is similar. */
export function didYouMean(name: string, known: Iterable<string>): string {
  const intended = findIntended(name, known);
  return intended === null ? '' : `; did you mean "${intended}"?`;
}
