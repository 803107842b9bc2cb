import type { StoredValue } from '../../values/stored-value.ts';
import { MAX_INTEGER_DIGITS } from '../bounds.ts';
import { newObject } from '../inert-object.ts';
import { JSON_WORDS } from '../json-words.ts';
import { brokenSkops } from './skops-node.ts';

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const INTEGER = /^-?\d+$/;

/**
 * A plain value as Python's `json` writes it: `JSON.parse` would refuse NaN and round large integers. Lists and
 * objects, which skops writes in other ways, are inert.
 *
 * @throws GatewayError INVALID_MODEL.
 */
export function parseJsonScalar(text: string): StoredValue {
  const word = JSON_WORDS.get(text);
  if (word !== undefined) return word;
  switch (text.charAt(0)) {
    case '"':
      return parseText(text);
    case '[':
    case '{':
      return newObject('json');
    default:
      return parseNumber(text);
  }
}

/** An integer in decimal digits: a number where it is safe. @throws GatewayError INVALID_MODEL if it is endless. */
export function parseInteger(digits: string): number | bigint {
  const number = Number(digits);
  if (Number.isSafeInteger(number)) return number;
  if (digits.length > MAX_INTEGER_DIGITS) throw brokenSkops(`an integer has ${digits.length} digits`);
  return BigInt(digits);
}

function parseNumber(text: string): number | bigint {
  if (!NUMBER.test(text)) throw brokenSkops('a value is no JSON');
  return INTEGER.test(text) ? parseInteger(text) : Number(text);
}

function parseText(text: string): string {
  // Nearly all are names of parameters without escapes.
  if (/^"[\w ]*"$/.test(text)) return text.slice(1, -1);
  try {
    return JSON.parse(text) as string;
  } catch {
    throw brokenSkops('a text is no JSON');
  }
}
