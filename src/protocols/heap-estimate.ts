/** What each byte of a JSON text adds to the values that `JSON.parse` makes of it, in bytes of heap (V8, 64 bits). */
const WEIGHTS = new Uint8Array(256);
// A list: header, header of its elements, place of the first.
WEIGHTS['['.charCodeAt(0)] = 56;
// An object has places for four values even if it is empty.
WEIGHTS['{'.charCodeAt(0)] = 64;
// A place in a list or object, and a number with decimals in a list that holds other things, too.
WEIGHTS[','.charCodeAt(0)] = 24;
// Half of a string's header, as each has two.
WEIGHTS['"'.charCodeAt(0)] = 12;

/** The most bytes of heap that one byte of text can cost by these weights: `{` of an empty object and its comma. */
const MAX_PER_BYTE = 64;

/**
 * Whether parsing a JSON text could take more than `limit` bytes of heap: the text itself and its values, by an
 * estimate that is above the truth for all that models take.
 *
 * It is asked before the parse, because a parse that meets the limit of its heap cannot be interrupted: seen with
 * Node 26, it collects garbage for minutes before the thread ends.
 */
export function mayExceedHeap(text: Uint8Array, limit: number): boolean {
  if (text.byteLength * (MAX_PER_BYTE + 2) <= limit) return false;
  // Texts that are not all Latin-1 take two bytes a character.
  let bytes = 2 * text.byteLength;
  for (let at = 0; at < text.length; at++) bytes += WEIGHTS[text[at]!]!;
  return bytes > limit;
}
