import type { DecodedRows } from '../model/decode-rows.ts';
import type { Signature } from '../model/signature.ts';
import type { Tensor } from '../model/tensor.ts';
import type { HeapBytes } from './read-text.ts';

/** A body as tensors, and what the answer has to know of it: plain data, since it may cross threads. */
export interface DecodedBody<Form> extends DecodedRows {
  readonly form: Form;
}

/** Everything that an answer is written from. */
export interface AnswerParts<Form, Options> {
  /** One for each of `Signature.outputs`, in that order, unless the codec says otherwise. */
  readonly outputs: readonly Tensor[];
  readonly rows: number;
  readonly signature: Signature;
  /** As `decode` gave it. */
  readonly form: Form;
  readonly options: Options;
}

/**
 * How one protocol reads JSON bodies and writes JSON answers. Nothing but functions of their arguments, so that they
 * run on whichever thread has the time.
 *
 * `Form` and `Options` (what the request says outside its body) are plain data.
 */
export interface JsonCodec<Form, Options> {
  /**
   * What `decode` takes, for protocols whose bodies are not always plain JSON; without it bodies are read by
   * `parseExactJson`.
   *
   * @throws GatewayError INVALID_INPUT, PAYLOAD_TOO_LARGE.
   */
  parse?(body: Uint8Array, options: Options, heapBytes: HeapBytes): unknown;

  /**
   * @param body as `parse` gives it.
   * @throws GatewayError INVALID_INPUT with every problem.
   */
  decode(body: unknown, signature: Signature, options: Options): DecodedBody<Form>;

  /**
   * The answer's text, piece by piece, so that it need not be in one place as a string.
   *
   * @returns how many numbers were NaN or infinite and were written as `null`.
   * @throws GatewayError INFERENCE_FAILED if the outputs do not fit the signature.
   */
  encode(answer: AnswerParts<Form, Options>): Generator<string, number, void>;
}
