import type { ErrorRecord } from '../../errors.ts';
import type { Signature } from '../../model/signature.ts';
import type { AnswerParts, DecodedBody } from '../json-codec.ts';

/** What a codec thread is asked to do. It has one task at a time, and answers each with one `CodecReply`. */
export type CodecTask =
  /** The buffer of `body` comes as a transfer. */
  | {
      readonly kind: 'decode';
      readonly protocol: string;
      readonly body: Uint8Array<ArrayBuffer>;
      readonly signature: Signature;
      readonly options: unknown;
    }
  /** The buffers of large outputs come as transfers. */
  | { readonly kind: 'encode'; readonly protocol: string; readonly answer: AnswerParts<unknown, unknown> };

/** Buffers of large tensors, and those of answers, come as transfers. */
export type CodecReply =
  | { readonly kind: 'decoded'; readonly decoded: DecodedBody<unknown> }
  | { readonly kind: 'encoded'; readonly body: Uint8Array<ArrayBuffer>; readonly nonFinite: number }
  | { readonly kind: 'failed'; readonly failure: ErrorRecord };
