import type { InvocationsForm } from '../model/invocations-form.ts';
import type { Signature } from '../model/signature.ts';
import type { TensorSpec } from '../model/tensor.ts';
import { type ShownOutputs, shownOutputs } from '../protocols/entry-writer.ts';
import type { Schema } from './open-api.ts';
import { elementSchema, outputSchema } from './value-schemas.ts';

/** What `/invocations` answers for one row, as `entryWriter` writes it. */
export function entrySchema(signature: Signature, form: InvocationsForm): Schema {
  return shownSchema(shownOutputs(signature, form), signature);
}

/** What an answer shows of one row. */
export function shownSchema({ outputs, named }: ShownOutputs, signature: Signature): Schema {
  const specs = outputs.map((output) => signature.outputs[output]!);
  if (named) {
    return {
      type: 'object',
      properties: Object.fromEntries(specs.map((spec) => [spec.name, valueSchema(spec)])),
      required: specs.map(({ name }) => name),
      additionalProperties: false,
    };
  }
  if (specs.length === 1) return valueSchema(specs[0]!);
  const { length } = specs;
  return { type: 'array', prefixItems: specs.map(valueSchema), minItems: length, maxItems: length };
}

/** A row of one value stands without lists around it. */
function valueSchema(spec: TensorSpec): Schema {
  const dims = spec.shape.slice(1);
  if (dims.every((dim) => dim === 1)) return elementSchema(spec.type);
  const lists = outputSchema(spec);
  return dims.every((dim) => Math.abs(dim) === 1) ? { anyOf: [elementSchema(spec.type), lists] } : lists;
}
