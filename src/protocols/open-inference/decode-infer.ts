import type { Deadline } from '../../inference/deadline.ts';
import type { Signature } from '../../model/signature.ts';
import { decodeUtf8, parseExactJson } from '../exact-json.ts';
import type { DecodedBody } from '../json-codec.ts';
import type { LargeBody } from '../large-bodies.ts';
import { type InferOptions, inferCodec } from './codec.ts';
import type { InferForm } from './infer-request.ts';
import { decodeRaw } from './raw-request.ts';
import type { SplitBody } from './split-body.ts';

/** The metrics label, and the codec's name. */
export const NAME = 'open-inference';

export interface InferBody extends SplitBody {
  /** Its share of the memory; `null` if the body is small. */
  readonly large: LargeBody | null;
  readonly signature: Signature;
  readonly options: InferOptions;
  readonly deadline: Deadline;
}

/** Up to this size numbers that need no conversion cost the event loop less than the way to another thread. */
const MOST_INLINE_BYTES = 4 * 2 ** 20;

/** JSON that is parsed to find out what the rest is. */
const MOST_HEADER_BYTES = 2 ** 16;

/**
 * An inference request as tensors, on the thread that suits its size.
 *
 * @throws GatewayError as `inferCodec`, `LargeBody.decode` and `decodeRaw`.
 */
export async function decodeInfer(body: InferBody): Promise<DecodedBody<InferForm>> {
  const { json, blobs, large, signature, options } = body;
  if (blobs !== null && json.byteLength === 0) return decodeRaw(blobs, signature);
  const here = (parsed: unknown) => inferCodec.decode({ json: parsed, blobs }, signature, options);
  if (large === null) return here(parseExactJson(decodeUtf8(json)));
  if (blobs === null || json.byteLength > MOST_HEADER_BYTES) return decodeElsewhere(body, large, true);
  const parsed = parseExactJson(decodeUtf8(json));
  const areTexts = hasTexts(parsed);
  if (areTexts || blobs.byteLength > MOST_INLINE_BYTES) return decodeElsewhere(body, large, areTexts);
  return here(parsed);
}

function decodeElsewhere(
  { json, blobs, signature, options, deadline }: InferBody,
  large: LargeBody,
  mayBeTexts: boolean,
): Promise<DecodedBody<InferForm>> {
  const jsonBytes = blobs === null ? null : json.byteLength;
  return large.decode<InferForm, InferOptions>({
    protocol: NAME,
    signature,
    options: { ...options, jsonBytes, mayBeTexts },
    deadline,
  });
}

function hasTexts(body: unknown): boolean {
  const inputs = (body as { inputs?: unknown } | null)?.inputs;
  return Array.isArray(inputs) && inputs.some((input) => input?.datatype === 'BYTES');
}
