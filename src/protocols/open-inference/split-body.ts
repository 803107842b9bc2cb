import { GatewayError } from '../../errors.ts';

/** A body as the binary tensor extension divides it. */
export interface SplitBody {
  readonly json: Uint8Array;
  /** What stands behind the JSON; `null` if the request does not say where that ends. */
  readonly blobs: Uint8Array | null;
}

/** How the header is called that tells where the JSON of a body ends, in requests and in answers. */
export const JSON_LENGTH_HEADER = 'inference-header-content-length';

/**
 * @param header the value of `JSON_LENGTH_HEADER`; absent, the whole body is JSON.
 * @throws GatewayError INVALID_INPUT if it is no length, or more than the body has.
 */
export function splitBody(body: Uint8Array, header: string | undefined): SplitBody {
  if (header === undefined) return { json: body, blobs: null };
  const length = /^\d{1,15}$/.test(header) ? Number(header) : Number.POSITIVE_INFINITY;
  if (length > body.byteLength) {
    throw new GatewayError(
      'INVALID_INPUT',
      `the header "Inference-Header-Content-Length" must be the bytes of the JSON, at most the ${body.byteLength} of the unpacked body`,
    );
  }
  return { json: body.subarray(0, length), blobs: body.subarray(length) };
}
