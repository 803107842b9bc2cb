import { messageOf } from '../../../../errors.ts';
import { UNCOUNTED_SCHEMA_BYTES } from '../bounds.ts';
import type { HeapBudget } from '../heap-budget.ts';
import { brokenSkops } from './skops-node.ts';

/** `schema.json` as plain objects and arrays. */
export interface Schema {
  readonly root: unknown;
  /** Whether keys that consist of digits begin with `KEY_MARK`. */
  readonly hasMarkedKeys: boolean;
}

/** Python escapes it wherever a text holds it. */
export const KEY_MARK = '\x80';

/** What a bracket or comma can cost: an object, and a member of a table with its key and its value. */
const HEAP_PER_MARK = 64;
const CODE = { space: 32, comma: 44, openBracket: 91, openBrace: 123 } as const;

/** A quote behind a backslash does not begin a key. */
const KEY_OF_DIGITS = /(?<!\\)"(?=\d+":)/;

/**
 * Parses `schema.json`. `JSON.parse` is several times as fast as anything written here, but puts keys such as "10" before
 * all others, so that a dict's keys could not be paired with their types; where there are any, all of them are marked.
 *
 * @throws GatewayError INVALID_MODEL.
 */
export function parseSchema(bytes: Uint8Array, budget: HeapBudget): Schema {
  if (bytes.length > UNCOUNTED_SCHEMA_BYTES) budget.take(countMarks(bytes) * HEAP_PER_MARK);
  const text = decode(bytes);
  const hasMarkedKeys = KEY_OF_DIGITS.test(text);
  try {
    const json = hasMarkedKeys ? text.replaceAll(new RegExp(KEY_OF_DIGITS, 'g'), `"${KEY_MARK}`) : text;
    return { root: JSON.parse(json), hasMarkedKeys };
  } catch (cause) {
    throw brokenSkops(`its schema.json is no JSON (${messageOf(cause).slice(0, 100)})`);
  }
}

/** Everything that makes a value of its own begins with one of these. */
function countMarks(bytes: Uint8Array): number {
  let marks = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const code = bytes[at];
    // Most of the text are spaces.
    if (code === CODE.space) continue;
    if (code === CODE.comma || code === CODE.openBrace || code === CODE.openBracket) marks += 1;
  }
  return marks;
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw brokenSkops('its schema.json is no UTF-8');
  }
}
