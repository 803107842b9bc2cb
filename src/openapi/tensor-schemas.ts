import { type ColumnDomain, columnDomain, domainOf } from '../model/column-domain.ts';
import { planRows } from '../model/row-plan.ts';
import type { Signature } from '../model/signature.ts';
import type { TensorSpec } from '../model/tensor.ts';
import { DATATYPE_NAMES, tensorTypeOfDatatype } from '../protocols/tensors/datatypes.ts';
import { type PlannedInput, planTensors } from '../protocols/tensors/tensor-plan.ts';
import { wireDomainOf } from '../protocols/tensors/wire-domain.ts';
import type { Schema } from './open-api.ts';
import { domainSchema, nestedSchema } from './value-schemas.ts';

/** Something that a tensor of a request can fill: a whole input of the graph, or one column. */
export interface Slot {
  readonly name: string;
  readonly input: PlannedInput;
  /** `null`: the whole input. */
  readonly column: NonNullable<Parameters<typeof wireDomainOf>[1]['column']> | null;
  /** Dimensions after the rows; −1 is any but 0. */
  readonly dims: readonly number[];
  /** Whether NaN stands for it where it is left out. */
  readonly mayBeAbsent: boolean;
}

/** What the tensors of a request may fill, in the order in which the schemas have them. */
export interface Slots {
  readonly inputs: readonly Slot[];
  /** One for each column; `null` where columns have no names, or the same ones as the inputs. */
  readonly columns: readonly Slot[] | null;
}

/** As `matchTensors` finds them by name: an input first, then a column. */
export function slotsOf(signature: Signature): Slots {
  const plan = planTensors(signature);
  const whole = (input: PlannedInput): Slot => {
    const { name, shape } = input.spec;
    const mayBeAbsent = plan.columnsByName !== null && input.columns.every((own) => own.mayBeAbsent);
    return { name, input, column: null, dims: shape.slice(1), mayBeAbsent };
  };
  const columns = planRows(signature).columns.map((column): Slot => {
    const { name, input, cellShape } = column.column;
    const known = plan.inputsByName.get(name ?? '');
    return known === undefined
      ? {
          name: name ?? '',
          input: plan.inputs[input]!,
          column,
          dims: cellShape,
          mayBeAbsent: column.mayBeAbsent,
        }
      : whole(known);
  });
  const areNew = plan.columnsByName !== null && columns.some(({ column }) => column !== null);
  return { inputs: plan.inputs.map(whole), columns: areNew ? columns : null };
}

/** The number of rows as the first dimension of a shape. */
export function rowsSchema({ fixedRows }: Signature): Schema {
  return fixedRows === null
    ? { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER }
    : { const: fixedRows };
}

/** The shape of a tensor: a trailing 1 may stand or not. */
export function shapeSchema({ dims }: Slot, signature: Signature): Schema {
  const shapes = [dims, ...otherDims(dims)].map((after) => {
    const prefixItems = [rowsSchema(signature), ...after.map(dimSchema)];
    return { type: 'array', prefixItems, minItems: prefixItems.length, maxItems: prefixItems.length };
  });
  return shapes.length === 1 ? shapes[0]! : { anyOf: shapes };
}

function dimSchema(dim: number): Schema {
  return dim < 0 ? { type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER } : { const: dim };
}

/** `[rows]` for `[rows, 1]`, and the other way round. */
export function otherDims(dims: readonly number[]): readonly (readonly number[])[] {
  if (dims.length === 0) return [[1]];
  return dims.length === 1 && Math.abs(dims[0]!) === 1 ? [[]] : [];
}

/** The values of a tensor in JSON, which follow from its datatype: pairs of `datatype` and `data`. */
export function valuesSchema({ input, column, dims }: Slot): Schema {
  const groups = new Map<string, { readonly value: Schema; readonly datatypes: string[] }>();
  for (const datatype of DATATYPE_NAMES) {
    const wire = wireDomainOf(tensorTypeOfDatatype(datatype)!, { input, column });
    if (wire === null) continue;
    const value = domainSchema(wire.domain, wire.takesNaN);
    const key = JSON.stringify(value);
    const known = groups.get(key);
    if (known === undefined) groups.set(key, { value, datatypes: [datatype] });
    else known.datatypes.push(datatype);
  }
  return {
    anyOf: [...groups.values()].map(({ value, datatypes }) => ({
      properties: { datatype: { enum: datatypes }, data: dataSchema(value, dims) },
    })),
  };
}

/** Flat, or nested row by row. */
function dataSchema(value: Schema, dims: readonly number[]): Schema {
  const flat = { type: 'array', items: value };
  const nestings = dims.length > 0 ? [dims] : otherDims(dims);
  const nested = nestings.map((each) => ({ type: 'array', items: nestedSchema(value, each) }));
  return { anyOf: [flat, ...nested] };
}

/** What a tensor may hold in JSON that says no datatype: what the graph's input or the column takes. */
export function slotValueSchema({ input, column }: Slot): Schema {
  const type = input.spec.type;
  const domain: ColumnDomain = column === null ? domainOf(type) : columnDomain(column.column.type, type);
  const wire = wireDomainOf(type, { input, column });
  return domainSchema(wire?.domain ?? domain, wire?.takesNaN ?? false);
}

/** Whether Triton's classification can be asked for. */
export function canBeClassified({ type }: TensorSpec): boolean {
  return type !== 'string';
}
