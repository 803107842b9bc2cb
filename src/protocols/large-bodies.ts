import type { Deadline } from '../inference/deadline.ts';
import type { Signature } from '../model/signature.ts';
import type { Tensor } from '../model/tensor.ts';
import type { AnswerParts, DecodedBody } from './json-codec.ts';

/** What the answer to a request of this size takes of the memory, until it is disposed. */
export interface LargeBody extends Disposable {
  /**
   * Parses and decodes the body off the event loop. Its bytes are gone for the caller from here on.
   *
   * @throws GatewayError as `JsonCodec.decode`; PAYLOAD_TOO_LARGE if it holds more values than there is memory for;
   *   SHUTTING_DOWN; why the deadline ended.
   */
  decode<Form, Options>(job: DecodeJob<Options>): Promise<DecodedBody<Form>>;
}

export interface DecodeJob<Options> {
  /** The protocol whose codec it is (`JSON_CODECS`). */
  readonly protocol: string;
  readonly signature: Signature;
  readonly options: Options;
  readonly deadline: Deadline;
}

export interface EncodeJob<Form, Options> {
  readonly protocol: string;
  /** The outputs are gone for the caller from here on. */
  readonly answer: AnswerParts<Form, Options>;
  readonly deadline: Deadline;
}

export interface EncodedAnswer {
  /** JSON text, as UTF-8 where it was encoded off the event loop. */
  readonly body: string | Uint8Array<ArrayBuffer>;
  /** Numbers that were NaN or infinite and are written as `null`. */
  readonly nonFinite: number;
}

/** Takes from the event loop the bodies and answers that would hold it for too long. */
export interface LargeBodies {
  /**
   * A share of the memory for a large body: `using large = bodies.claim(request.body)`; null if the body is small, so
   * that it is decoded faster where it is.
   *
   * @param isNeverSmall for formats whose parser can take much more than their bytes: they never stay here.
   * @throws GatewayError MODEL_OVERLOADED if the large bodies that are being worked on hold too much already.
   */
  claim(body: Uint8Array, isNeverSmall?: boolean): LargeBody | null;

  /** Whether an answer from these outputs is better encoded by `encode`. */
  isLargeAnswer(outputs: readonly Tensor[]): boolean;

  /**
   * Encodes an answer off the event loop.
   *
   * @throws GatewayError as `JsonCodec.encode`; PAYLOAD_TOO_LARGE if the answer is too large; SHUTTING_DOWN; why the
   *   deadline ended.
   */
  encode<Form, Options>(job: EncodeJob<Form, Options>): Promise<EncodedAnswer>;
}
