import type { Signature } from '../model/signature.ts';
import type { TensorSpec } from '../model/tensor.ts';
import { datatypeOf } from '../protocols/tensors/datatypes.ts';
import type { Schema } from './open-api.ts';
import { canBeClassified, type Slot, shapeSchema, slotsOf, valuesSchema } from './tensor-schemas.ts';
import { elementSchema } from './value-schemas.ts';

const COUNT: Schema = { type: ['integer', 'null'], minimum: 0, maximum: Number.MAX_SAFE_INTEGER };
const FLAG: Schema = { type: ['boolean', 'null'] };
const DIMS: Schema = { type: 'array', items: { type: 'integer', minimum: 0 } };

/**
 * The schemas of `infer` in JSON. What fits them is taken, but for what no schema says: `data` has as many values as
 * `shape`, and all tensors as many rows. More is taken: tensors in any order, without the optional
 * ones, and a mixture of inputs and columns.
 *
 * @param name what the names of the schemas begin with.
 */
export function inferSchemas(signature: Signature, name: string): Readonly<Record<string, Schema>> {
  const shared = new SharedSchemas(`${name}.Tensor`);
  const { inputs, columns } = slotsOf(signature);
  const wholes = tensorList(
    inputs.map((slot) => tensorSchema(slot, signature, shared, nameOf(slot, signature))),
  );
  const byColumn =
    columns === null
      ? []
      : [tensorList(columns.map((slot) => tensorSchema(slot, signature, shared, { const: slot.name })))];
  const tensors = { anyOf: [wholes, ...byColumn] };
  return {
    [`${name}.InferRequest`]: {
      type: 'object',
      properties: {
        id: { type: ['string', 'null'] },
        parameters: parameters({ binary_data_output: FLAG, timeout: COUNT }),
        inputs: tensors,
        outputs: requestedSchema(signature),
      },
      required: ['inputs'],
    },
    [`${name}.InferAnswer`]: answerSchema(signature),
    ...shared.all,
  };
}

/** Schemas that several tensors have, each once. */
class SharedSchemas {
  readonly all: Record<string, Schema> = {};
  readonly #prefix: string;
  readonly #names = new Map<string, string>();

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  refTo(schema: Schema): Schema {
    const key = JSON.stringify(schema);
    const name = this.#names.get(key) ?? `${this.#prefix}${this.#names.size + 1}`;
    this.#names.set(key, name);
    this.all[name] = schema;
    return { $ref: `#/components/schemas/${name}` };
  }
}

/** An only tensor for an only input may have any name that means nothing else. */
function nameOf({ name, input }: Slot, { inputs, columns }: Signature): Schema {
  if (inputs.length > 1) return { const: name };
  const others = columns
    .map((column) => column.name)
    .filter((own) => own !== null && own !== input.spec.name);
  const example = { type: 'string', examples: [name] };
  return others.length === 0 ? example : { ...example, not: { enum: others } };
}

function tensorSchema(slot: Slot, signature: Signature, shared: SharedSchemas, name: Schema): Schema {
  return {
    type: 'object',
    properties: {
      name,
      shape: shapeSchema(slot, signature),
      parameters: parameters({ binary_data_size: { type: 'null' } }),
    },
    required: ['name', 'shape', 'datatype', 'data'],
    ...shared.refTo(valuesSchema(slot)),
  };
}

function tensorList(prefixItems: readonly Schema[]): Schema {
  return { type: 'array', prefixItems, minItems: prefixItems.length, maxItems: prefixItems.length };
}

function parameters(properties: Readonly<Record<string, unknown>>): Schema {
  return { type: ['object', 'null'], properties };
}

/** Each output at most once. */
function requestedSchema({ outputs }: Signature): Schema {
  const requested = (spec: TensorSpec): Schema => ({
    type: 'object',
    properties: {
      name: { const: spec.name },
      parameters: parameters({
        binary_data: FLAG,
        classification: canBeClassified(spec) ? COUNT : { enum: [0, null] },
      }),
    },
    required: ['name'],
  });
  const once = outputs.map(({ name }) => ({
    contains: { properties: { name: { const: name } }, required: ['name'] },
    minContains: 0,
    maxContains: 1,
  }));
  const list = { type: 'array', items: { anyOf: outputs.map(requested) }, maxItems: outputs.length };
  return { anyOf: [{ type: 'null' }, outputs.length > 1 ? { ...list, allOf: once } : list] };
}

function answerSchema({ outputs }: Signature): Schema {
  return {
    type: 'object',
    properties: {
      model_name: { type: 'string' },
      model_version: { type: 'string' },
      id: { type: 'string' },
      outputs: { type: 'array', items: { anyOf: outputs.flatMap(answeredSchemas) } },
    },
    required: ['model_name', 'model_version', 'id', 'outputs'],
  };
}

/** The values of an output; its classes where they are asked for; nothing where it has none and is asked for as bytes. */
function answeredSchemas(spec: TensorSpec): readonly Schema[] {
  const { type } = spec;
  // JSON has no FP16.
  const datatype = type === 'float16' ? 'FP32' : datatypeOf(type);
  const list = (items: Schema) => ({ data: { type: 'array', items } });
  const answered = [
    answeredSchema(spec, datatype, list(elementSchema(type))),
    answeredSchema(spec, datatypeOf(type), NO_BYTES),
  ];
  if (!canBeClassified(spec)) return answered;
  return [
    ...answered,
    answeredSchema(spec, 'BYTES', list({ type: 'string' })),
    answeredSchema(spec, 'BYTES', NO_BYTES),
  ];
}

const NO_BYTES = {
  parameters: {
    type: 'object',
    properties: { binary_data_size: { const: 0 } },
    required: ['binary_data_size'],
  },
};

function answeredSchema(
  { name }: TensorSpec,
  datatype: string,
  values: Readonly<Record<string, Schema>>,
): Schema {
  const properties = { name: { const: name }, shape: DIMS, datatype: { const: datatype }, ...values };
  return { type: 'object', properties, required: Object.keys(properties) };
}
