import { randomBytes } from 'node:crypto';

const ACCEPTABLE = /^[\x21-\x7e]{1,128}$/;

/** Tells the ids of one process from those of every other. */
const PREFIX = randomBytes(10).toString('hex');
const COUNTER_DIGITS = 12;

let count = 0;

/** The client's own id if it is at most 128 visible ASCII characters, else a new one of 32 hex digits. */
export function requestIdOf(header: string | undefined): string {
  if (header !== undefined && ACCEPTABLE.test(header)) return header;
  count++;
  return PREFIX + count.toString(16).padStart(COUNTER_DIGITS, '0');
}
