import type { Signature } from '../model/signature.ts';
import { shownOutputs } from '../protocols/entry-writer.ts';
import type { DescribedModel } from './described-model.ts';
import { shownSchema } from './entry-schemas.ts';
import type { Schema } from './open-api.ts';
import { plainValue } from './scoring-schemas.ts';
import { otherDims, type Slot, slotsOf, slotValueSchema } from './tensor-schemas.ts';
import { nestedSchema } from './value-schemas.ts';

/**
 * The schemas of `:predict`. What fits them is taken, but for what no schema says: all tensors of `inputs` have the same
 * number of rows. More is taken: `{"b64": …}` for texts, and any name for the only tensor of an only input. The rows are those of `/predict`.
 *
 * @param name what the names of the schemas begin with.
 */
export function tensorflowSchemas(
  { signature, invocations }: DescribedModel,
  name: string,
): Readonly<Record<string, Schema>> {
  const { outputs } = signature;
  const shown = shownOutputs(signature, invocations);
  // Names stand only where there are several.
  const named = shown.named && shown.outputs.length > 1;
  const columns = shown.outputs.map((output) =>
    listOf(shownSchema({ outputs: [output], named: false }, signature)),
  );
  const names = shown.outputs.map((output) => outputs[output]!.name);
  return {
    [`${name}.PredictRows`]: {
      anyOf: [
        either('instances', instancesSchema(signature, name)),
        either('inputs', inputsSchema(signature)),
      ],
    },
    [`${name}.PredictedRows`]: {
      anyOf: [
        objectOf({ predictions: listOf(shownSchema({ ...shown, named }, signature)) }),
        objectOf({
          outputs: named
            ? objectOf(Object.fromEntries(names.map((output, index) => [output, columns[index]!])))
            : columns[0]!,
        }),
      ],
    },
  };
}

function objectOf(properties: Readonly<Record<string, Schema>>): Schema {
  return { type: 'object', properties, required: Object.keys(properties), additionalProperties: false };
}

function listOf(items: Schema): Schema {
  return { type: 'array', items };
}

/** An object with this form and not the other; other keys mean nothing. */
function either(form: 'instances' | 'inputs', schema: Schema): Schema {
  const other = form === 'instances' ? 'inputs' : 'instances';
  return { type: 'object', properties: { [form]: schema, [other]: false }, required: [form] };
}

/** Rows by position or by name, plain values, or objects of the graph's inputs; all of one kind. */
function instancesSchema(signature: Signature, name: string): Schema {
  const ref = (part: string): Schema => ({ $ref: `#/components/schemas/${name}.${part}` });
  const { columns, inputs, fixedRows } = signature;
  const plain = plainValue(signature);
  const kinds = [plain === null ? ref('Row') : { anyOf: [plain, ref('Row')] }];
  const isNamed = columns.length > 0 && columns.every((column) => column.name !== null);
  if (isNamed) kinds.push(ref('NamedRow'));
  const isColumn = (input: string) => columns.some((column) => column.name === input);
  if (inputs.some((input) => !isColumn(input.name))) kinds.push(...inputObjects(signature));
  const count = fixedRows === null ? { minItems: 1 } : { minItems: fixedRows, maxItems: fixedRows };
  return { anyOf: kinds.map((items) => ({ type: 'array', items, ...count })) };
}

/** Where an only value may stand in a list, it stands so in all instances or in none. */
function inputObjects(signature: Signature): readonly Schema[] {
  const { inputs } = slotsOf(signature);
  const object = (dimsOf: (slot: Slot) => readonly number[]) =>
    namedSlots(inputs, (slot) => nestedSchema(slotValueSchema(slot), dimsOf(slot)));
  const own = object(({ dims }) => dims);
  const hasOther = inputs.some(({ dims }) => otherDims(dims).length > 0);
  return hasOther ? [own, object(({ dims }) => otherDims(dims)[0] ?? dims)] : [own];
}

/** The tensor of the only input, or tensors by the names of inputs or of columns. */
function inputsSchema(signature: Signature): Schema {
  const { inputs, columns } = slotsOf(signature);
  const byName = (slots: readonly Slot[]) => namedSlots(slots, (slot) => tensorOf(slot, signature));
  const forms = [byName(inputs)];
  if (columns !== null) forms.push(byName(columns));
  if (inputs.length === 1) forms.push(tensorOf(inputs[0]!, signature));
  return { anyOf: forms };
}

/** An object with what each input or column is given, all that may not be left out. */
function namedSlots(slots: readonly Slot[], schemaOf: (slot: Slot) => Schema): Schema {
  return {
    type: 'object',
    properties: Object.fromEntries(slots.map((slot) => [slot.name, schemaOf(slot)])),
    required: slots.filter(({ mayBeAbsent }) => !mayBeAbsent).map(({ name }) => name),
    additionalProperties: false,
  };
}

function tensorOf(slot: Slot, { fixedRows }: Signature): Schema {
  const tensors = [slot.dims, ...otherDims(slot.dims)].map((dims) => {
    // An empty list does not tell the dimensions of a row that it does not have.
    const rows = { minItems: fixedRows ?? Math.min(1, dims.length) };
    const bounds = fixedRows === null ? rows : { ...rows, maxItems: fixedRows };
    return { type: 'array', items: nestedSchema(slotValueSchema(slot), dims), ...bounds };
  });
  return tensors.length === 1 ? tensors[0]! : { anyOf: tensors };
}
