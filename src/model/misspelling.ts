import { distance } from 'fastest-levenshtein';

// Longer names are no typing errors, and comparing them would cost more than the request.
const MAX_LENGTH = 128;

/**
 * Which of `known` is likely meant by `given`: the one that differs only in case and separators, else the one at
 * the smallest edit distance, of at most a third of its length and 3.
 */
export function findIntended(given: string, known: Iterable<string>): string | null {
  if (given.length > MAX_LENGTH) return null;
  const target = simplify(given);
  let best: string | null = null;
  let bestEdits = 4;
  for (const candidate of known) {
    if (candidate.length > MAX_LENGTH) continue;
    const name = simplify(candidate);
    const limit = Math.min(bestEdits - 1, Math.floor(Math.max(name.length, target.length) / 3));
    if (Math.abs(name.length - target.length) > limit) continue;
    const edits = name === target ? 0 : distance(name, target);
    if (edits <= limit) [best, bestEdits] = [candidate, edits];
  }
  return best;
}

function simplify(name: string): string {
  return name.toLowerCase().replaceAll(/[\s_.-]+/g, '');
}
