import { GatewayError } from '../../errors.ts';
import { parseExactJson } from '../exact-json.ts';

/**
 * JSON as Python's clients write it: a bare `NaN` is `null`, which is what it stands for in pandas, and infinities are
 * numbers beyond every type, to be refused as such. Otherwise as `parseExactJson`.
 */
export function parseScoringJson(text: string): unknown {
  try {
    return parseExactJson(text);
  } catch (error) {
    const plain = replaceNonFinite(text);
    if (plain === text || !(error instanceof GatewayError)) throw error;
    return parseExactJson(plain);
  }
}

const QUOTE = 34;
const BACKSLASH = 92;
const REPLACEMENTS = [
  ['NaN', 'null'],
  ['Infinity', '1e999'],
] as const;

/** By hand, because a pattern that passes over long texts with many escapes takes more stack than there is. */
function replaceNonFinite(text: string): string {
  let replaced = '';
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    if (text.charCodeAt(at) === QUOTE) {
      at = endOfString(text, at);
      continue;
    }
    const found = REPLACEMENTS.find(([token]) => text[at] === token[0] && text.startsWith(token, at));
    if (found === undefined) continue;
    replaced += text.slice(from, at) + found[1];
    from = at + found[0].length;
    at = from - 1;
  }
  return replaced + text.slice(from);
}

/** Where the closing quote of the string that begins at `start` is, or the end of the text. */
function endOfString(text: string, start: number): number {
  let at = start + 1;
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) return at;
    if (code === BACKSLASH) at++;
  }
  return at;
}
