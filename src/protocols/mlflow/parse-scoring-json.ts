import { GatewayError } from '../../errors.ts';
import { parseExactJson } from '../exact-json.ts';

// Texts are matched so that nothing in them is.
const TEXT_OR_NON_FINITE = /"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity)\b/g;

/**
 * JSON as Python's clients write it: a bare `NaN` is `null`, which is what it stands for in pandas, and infinities are
 * numbers beyond every type, to be refused as such. Otherwise as `parseExactJson`.
 */
export function parseScoringJson(text: string): unknown {
  try {
    return parseExactJson(text);
  } catch (error) {
    const plain = text.replace(TEXT_OR_NON_FINITE, plainToken);
    if (plain === text || !(error instanceof GatewayError)) throw error;
    return parseExactJson(plain);
  }
}

function plainToken(token: string): string {
  if (token.startsWith('"')) return token;
  return token === 'NaN' ? 'null' : token.replace('Infinity', '1e999');
}
