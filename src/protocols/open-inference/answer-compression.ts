import { promisify } from 'node:util';
import { deflate, gzip } from 'node:zlib';

export type Compression = 'gzip' | 'deflate';

/** Shorter answers would hardly get smaller. */
const LEAST_BYTES = 1024;

/**
 * How an answer is packed; `null`: not at all. Only where the client names `gzip` or `deflate` and nothing else, as
 * tritonclient does on request. Libraries that always list all they know (`gzip, deflate, br`) did not decide to pay for
 * it, and some of them unpack only what they asked for.
 */
export function chooseCompression(acceptEncoding: string | undefined, length: number): Compression | null {
  if (acceptEncoding === undefined || length < LEAST_BYTES) return null;
  const wanted = acceptEncoding.trim().toLowerCase();
  return wanted === 'gzip' || wanted === 'deflate' ? wanted : null;
}

const PACKERS = { gzip: promisify(gzip), deflate: promisify(deflate) };

/** Numbers get hardly smaller at higher levels, and take several times as long. */
const LEVEL = 1;

/** Packs off the event loop. `deflate` is the zlib format, as in HTTP. */
export async function compress(
  body: string | Uint8Array,
  compression: Compression,
): Promise<Uint8Array<ArrayBuffer>> {
  return PACKERS[compression](body, { level: LEVEL });
}
