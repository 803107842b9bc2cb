import { randomBytes } from 'node:crypto';

const ACCEPTABLE = /^[\x21-\x7e]{1,128}$/;
const RANDOM_POOL_IDS = 256;
const ID_BYTES = 16;

let pool = Buffer.alloc(0);
let used = 0;

/** The client's own id if it is at most 128 visible ASCII characters, else a new one of 32 hex digits. */
export function requestIdOf(header: string | undefined): string {
  if (header !== undefined && ACCEPTABLE.test(header)) return header;
  if (used >= pool.length) {
    pool = randomBytes(RANDOM_POOL_IDS * ID_BYTES);
    used = 0;
  }
  const id = pool.toString('hex', used, used + ID_BYTES);
  used += ID_BYTES;
  return id;
}
