import { isUtf8 } from 'node:buffer';
import { GatewayError } from '../errors.ts';
import { findJsonFault } from './json-fault.ts';

// Number.MAX_SAFE_INTEGER has 16 digits: no shorter literal needs more than a double.
const UNSAFE_DIGITS = 16;

/**
 * A body's bytes as text.
 *
 * @throws GatewayError INVALID_INPUT if they are not UTF-8. A leading byte order mark is dropped.
 */
export function decodeUtf8(bytes: Uint8Array): string {
  if (!isUtf8(bytes)) throw new GatewayError('INVALID_INPUT', 'the body is not UTF-8 text');
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
}

/**
 * JSON as `JSON.parse` reads it, except that integers beyond ±(2^53 − 1) are bigints and so exact, also when written
 * `9007199254740993.0`. Numbers with other decimals or with an exponent are the nearest doubles; `1e400` is Infinity.
 *
 * @throws GatewayError INVALID_INPUT with the position of the fault, without the text around it.
 */
export function parseExactJson(text: string): unknown {
  try {
    return hasLongInteger(text) ? JSON.parse(text, restoreInteger) : JSON.parse(text);
  } catch (cause) {
    // The reviver recurses, JSON.parse alone does not.
    if (cause instanceof RangeError) {
      throw new GatewayError('INVALID_INPUT', 'the body is nested too deeply', { cause });
    }
    // The cause is left out: V8's message quotes the body.
    throw new GatewayError('INVALID_INPUT', `the body is not JSON: ${findJsonFault(text)}`);
  }
}

function restoreInteger(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value;
  const literal = /^(-?\d+)(?:\.0+)?$/.exec(context?.source ?? '');
  return literal === null ? value : BigInt(literal[1]!);
}

/**
 * Whether the text may hold an integer that a double cannot: a run of 16 digits that are no decimals (full-precision
 * doubles have those in every value, and the exact path costs ten times the parse). Looks at every 16th character and
 * reads on only from digits, so it takes a fraction of the time of `JSON.parse`.
 */
function hasLongInteger(text: string): boolean {
  const { length } = text;
  let at = UNSAFE_DIGITS - 1;
  while (at < length) {
    if (!isDigit(text.charCodeAt(at))) {
      at += UNSAFE_DIGITS;
      continue;
    }
    let start = at;
    while (start > 0 && isDigit(text.charCodeAt(start - 1))) start--;
    if (text.charCodeAt(start - 1) === POINT) {
      at += UNSAFE_DIGITS;
      continue;
    }
    let end = at + 1;
    while (end < length && isDigit(text.charCodeAt(end))) end++;
    if (end - start >= UNSAFE_DIGITS) return true;
    at = end + UNSAFE_DIGITS;
  }
  return false;
}

const POINT = 46;

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}
