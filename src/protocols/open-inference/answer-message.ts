import type { Tensor } from '../../model/tensor.ts';
import { datatypeOf } from '../tensors/datatypes.ts';
import { bytesOfTensor } from '../tensors/tensor-bytes.ts';
import type { InferParts } from './infer-answer.ts';
import type { ContentsMessage } from './infer-message.ts';

/** `ModelInferResponse` of `proto/open-inference.proto`. */
export interface InferAnswerMessage {
  readonly model_name: string;
  readonly model_version: string;
  readonly id: string;
  readonly outputs: readonly {
    readonly name: string;
    readonly datatype: string;
    readonly shape: readonly number[];
    readonly contents?: ContentsMessage;
  }[];
  readonly raw_output_contents: readonly Uint8Array[];
}

/**
 * The answer over gRPC: as bytes, unless the request had its values in typed contents; then in those, too, except that
 * FP16 has none. Clients of Triton understand bytes only, hand-made ones what they have sent.
 *
 * @param answer its outputs are those of the answer, in that order.
 */
export function encodeAnswerMessage(answer: InferParts, wasTyped: boolean): InferAnswerMessage {
  const { form, options, signature, outputs: tensors } = answer;
  const isTyped = wasTyped && tensors.every(({ type }) => type !== 'float16');
  return {
    model_name: options.model,
    model_version: options.version,
    id: form.id ?? options.requestId,
    outputs: tensors.map((tensor, index) => ({
      name: signature.outputs[form.outputs[index]!.output]!.name,
      datatype: datatypeOf(tensor.type),
      shape: tensor.dims,
      ...(isTyped ? { contents: contentsOf(tensor) } : {}),
    })),
    raw_output_contents: isTyped ? [] : tensors.map(bytesOfTensor),
  };
}

function contentsOf({ type, data }: Tensor): ContentsMessage {
  switch (type) {
    case 'string':
      return { bytes_contents: (data as readonly string[]).map((text) => Buffer.from(text)) };
    case 'bool':
      return { bool_contents: Array.from(data as Uint8Array, (value) => value !== 0) };
    case 'int64':
      return { int64_contents: Array.from(data as BigInt64Array, String) };
    case 'uint64':
      return { uint64_contents: Array.from(data as BigUint64Array, String) };
    case 'float32':
      return { fp32_contents: Array.from(data as Float32Array) };
    case 'float64':
      return { fp64_contents: Array.from(data as Float64Array) };
    case 'uint8':
    case 'uint16':
    case 'uint32':
      return { uint_contents: Array.from(data as Uint32Array) };
    default:
      return { int_contents: Array.from(data as Int32Array) };
  }
}
