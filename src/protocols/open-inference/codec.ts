import { ProblemList } from '../../model/problem-list.ts';
import { decodeUtf8, parseExactJson } from '../exact-json.ts';
import { mayExceedHeap } from '../heap-estimate.ts';
import type { DecodedBody, JsonCodec } from '../json-codec.ts';
import { readText, tooManyValues } from '../read-text.ts';
import { readTensors } from '../tensors/read-tensors.ts';
import { answerPieces } from './infer-answer.ts';
import { type InferForm, readInferRequest } from './infer-request.ts';

/** What the header of a request says of its body, and what the answer says of who answered it. */
export interface InferOptions {
  /** As the path names it. */
  readonly model: string;
  readonly version: string;
  /** The id of a request that gives none. */
  readonly requestId: string;
  /** For decoding: bytes of the JSON, behind which those of binary tensors stand; `null`: the whole body is JSON. */
  readonly jsonBytes: number | null;
  /** For decoding: whether what stands behind the JSON may be texts, which take several times their room. */
  readonly mayBeTexts: boolean;
  /** For encoding: how many bytes behind the JSON each output of the answer has; `null` for one whose values are in it. */
  readonly blobSizes: readonly (number | null)[];
}

/** A request whose JSON is parsed. */
export interface ParsedBody {
  /** As `parseExactJson` gives it. */
  readonly json: unknown;
  /** The bytes behind the JSON; `null`: the request does not say where that ends, so there are none. */
  readonly blobs: Uint8Array | null;
}

/** What a byte of texts with their lengths before them takes as strings in a list that grows: two letters take most. */
const TEXT_HEAP_PER_BYTE = 7;

/**
 * Inference requests and answers of the Open Inference Protocol V2. A decoded body is what the graph takes, and which
 * outputs the answer has; `outputs` of an answer are one for each of these.
 */
export const inferCodec: JsonCodec<InferForm, InferOptions> = {
  parse(body, { jsonBytes, mayBeTexts }, heapBytes): ParsedBody {
    if (jsonBytes === null) return { json: parseExactJson(readText(body, heapBytes)), blobs: null };
    const text = body.subarray(0, jsonBytes);
    const blobs = body.subarray(jsonBytes);
    const textBytes = mayBeTexts ? blobs.byteLength * TEXT_HEAP_PER_BYTE : 0;
    if (heapBytes !== null && mayExceedHeap(text, heapBytes - textBytes)) throw tooManyValues();
    return { json: parseExactJson(decodeUtf8(text)), blobs };
  },

  decode(body, signature): DecodedBody<InferForm> {
    const { json, blobs } = body as ParsedBody;
    const problems = new ProblemList();
    const { tensors, ...form } = readInferRequest(json, blobs, signature, problems);
    // What is wrong with the envelope leaves tensors out, which would be called missing.
    problems.throwIfAny();
    const decoded = readTensors({ tensors, signature, problems });
    problems.throwIfAny();
    return { ...decoded, form };
  },

  encode: answerPieces,
};
