import type { Tensor } from '../../model/tensor.ts';
import type { AnswerParts } from '../json-codec.ts';
import { TensorWriter } from '../tensor-writer.ts';
import { datatypeOf } from '../tensors/datatypes.ts';
import type { InferOptions } from './codec.ts';
import type { InferForm } from './infer-request.ts';

/** `outputs` has one tensor for each of `form.outputs`, as it is answered. */
export type InferParts = AnswerParts<InferForm, InferOptions>;

/** What a piece of an answer's text holds of a tensor, so that no piece is as large as the whole. */
const PIECE_ELEMENTS = 4096;

/**
 * The JSON of an answer, piece by piece. Of outputs that stand behind it, it has everything but the values.
 *
 * @returns how many numbers were NaN or infinite and were written as `null`.
 * @throws GatewayError INFERENCE_FAILED if an output does not have one entry for each row.
 */
export function* answerPieces(answer: InferParts): Generator<string, number, void> {
  const { form, options, outputs } = answer;
  yield `{"model_name":${JSON.stringify(options.model)},"model_version":${JSON.stringify(options.version)},"id":${JSON.stringify(form.id ?? options.requestId)},"outputs":[`;
  let nonFinite = 0;
  for (const [index, { output }] of form.outputs.entries()) {
    const size = options.blobSizes[index] ?? null;
    const { name } = answer.signature.outputs[output]!;
    const tensor = outputs[index]!;
    yield `${index > 0 ? ',' : ''}{"name":${JSON.stringify(name)},"shape":[${tensor.dims.join(',')}],"datatype":"${datatypeIn(tensor, size !== null)}",`;
    if (size !== null) yield `"parameters":{"binary_data_size":${size}}}`;
    else nonFinite += yield* dataPieces(new TensorWriter(tensor, name, answer.rows), tensor.data.length);
  }
  yield ']}';
  return nonFinite;
}

function* dataPieces(writer: TensorWriter, count: number): Generator<string, number, void> {
  yield '"data":[';
  for (let at = 0; at < count; at += PIECE_ELEMENTS) {
    yield elements(writer, at, Math.min(count, at + PIECE_ELEMENTS));
  }
  yield ']}';
  return writer.nonFinite;
}

function elements(writer: TensorWriter, start: number, end: number): string {
  let text = start === 0 ? '' : ',';
  for (let at = start; at < end; at++) text += at === start ? writer.element(at) : `,${writer.element(at)}`;
  return text;
}

/** JSON has no FP16: each of its values is one of FP32, too, which every client can read. */
function datatypeIn({ type }: Tensor, isBinary: boolean): string {
  return type === 'float16' && !isBinary ? 'FP32' : datatypeOf(type);
}
