import { GatewayError } from '../../errors.ts';
import { classesOf } from './classification.ts';
import type { InferParts } from './infer-answer.ts';

/** The outputs in the order of the answer, as they are answered. @param parts `outputs` are the signature's. */
export function answeredOutputs(parts: InferParts): InferParts {
  const { form, outputs, rows, signature } = parts;
  const answered = form.outputs.map(({ output, classes }) => {
    const tensor = outputs[output];
    if (tensor === undefined) {
      throw new GatewayError('INFERENCE_FAILED', `output "${signature.outputs[output]!.name}" is missing`);
    }
    return classes === 0 ? tensor : classesOf(tensor, { output, classes, rows, signature });
  });
  return { ...parts, outputs: answered };
}
