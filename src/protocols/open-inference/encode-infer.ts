import type { Deadline } from '../../inference/deadline.ts';
import { JOINED_AT_ONCE, joinInTurns } from '../../join-in-turns.ts';
import type { Tensor } from '../../model/tensor.ts';
import { joinPieces } from '../join-pieces.ts';
import type { EncodedAnswer, LargeBodies } from '../large-bodies.ts';
import { bytesOfTensor } from '../tensors/tensor-bytes.ts';
import { inferCodec } from './codec.ts';
import { countNonFinite } from './count-non-finite.ts';
import { NAME } from './decode-infer.ts';
import type { InferParts } from './infer-answer.ts';

/** An answer on its way out. */
export interface InferAnswer extends EncodedAnswer {
  /** Bytes of the JSON before the binary outputs; `null`: there is nothing but JSON. */
  readonly jsonBytes: number | null;
}

/**
 * The answer, with the outputs that were asked for as bytes behind its JSON. What takes long to write leaves the event
 * loop.
 *
 * @throws GatewayError as `answerPieces` and `LargeBodies.encode`.
 */
export async function encodeInfer(
  answer: InferParts,
  largeBodies: LargeBodies,
  deadline: Deadline,
): Promise<InferAnswer> {
  const { form, outputs, options } = answer;
  if (!form.outputs.some(({ isBinary }) => isBinary)) {
    return { ...(await encodeJson(answer, largeBodies, deadline)), jsonBytes: null };
  }
  const blobs = outputs.map((tensor, index) =>
    form.outputs[index]!.isBinary ? bytesOfTensor(tensor) : null,
  );
  const blobSizes = blobs.map((blob) => blob?.byteLength ?? null);
  const binary = outputs.filter((_, index) => blobs[index] !== null);
  const nonFinite = binary.reduce((sum, tensor) => sum + countNonFinite(tensor), 0);
  // Of what stands behind the JSON only the shape is written there.
  const left = outputs.map((tensor, index) => (blobs[index] === null ? tensor : withoutData(tensor)));
  const rest = { ...answer, outputs: left, options: { ...options, blobSizes } };
  const encoded = await encodeJson(rest, largeBodies, deadline);
  const json = typeof encoded.body === 'string' ? Buffer.from(encoded.body) : encoded.body;
  const parts = [json, ...blobs.filter((blob) => blob !== null)];
  const size = parts.reduce((sum, { byteLength }) => sum + byteLength, 0);
  const whole = size > JOINED_AT_ONCE ? await joinInTurns(parts, size) : Buffer.concat(parts, size);
  return {
    body: whole,
    nonFinite: encoded.nonFinite + nonFinite,
    jsonBytes: whole.byteLength > json.byteLength ? json.byteLength : null,
  };
}

function withoutData({ type, dims }: Tensor): Tensor {
  return { type, dims, data: [] };
}

async function encodeJson(
  answer: InferParts,
  largeBodies: LargeBodies,
  deadline: Deadline,
): Promise<EncodedAnswer> {
  if (largeBodies.isLargeAnswer(answer.outputs)) {
    return largeBodies.encode({ protocol: NAME, answer, deadline });
  }
  return joinPieces(inferCodec.encode(answer));
}
