import { GatewayError } from '../errors.ts';
import { type ColumnDomain, columnDomain, columnTypeOf, takesNull } from './column-domain.ts';
import type { InputColumn, Signature } from './signature.ts';
import type { Store } from './store-value.ts';
import type { TensorType } from './tensor.ts';

/** A column with everything that reading it needs. */
export interface PlannedColumn extends Store {
  /** Position in a row, and in `RowPlan.columns`. */
  readonly index: number;
  readonly column: InputColumn;
  readonly tensorType: TensorType;
  /** A row by name may leave it out: it is not required, and NaN may stand for it. */
  readonly mayBeAbsent: boolean;
  /** Numbers below this absolute value need no further check; 0 where every value needs one. */
  readonly plainLimit: number;
}

/** A signature prepared for reading rows. */
export interface RowPlan {
  readonly signature: Signature;
  readonly columns: readonly PlannedColumn[];
  /** `null`: the columns have no names. */
  readonly byName: ReadonlyMap<string, PlannedColumn> | null;
  /**
   * The only column holds lists, and a row by position is that list itself: `[1, 2]`, not `[[1, 2]]`. Inputs of
   * variable width are read as such a column, with a cell shape of `[-1]`.
   */
  readonly isBareCell: boolean;
  /** Some cell shape has a −1, so that the layout depends on the rows. */
  readonly hasVariableCells: boolean;
  /** Not null: a row is nothing but numbers below this limit for one floating input, in order. */
  readonly matrixLimit: number | null;
}

const plans = new WeakMap<Signature, RowPlan>();

/**
 * The plan of a signature; made once for each.
 *
 * @throws GatewayError INVALID_MODEL if a column cannot feed its input.
 */
export function planRows(signature: Signature): RowPlan {
  const known = plans.get(signature);
  if (known !== undefined) return known;
  const plan = makePlan(signature);
  plans.set(signature, plan);
  return plan;
}

function makePlan(signature: Signature): RowPlan {
  const columns = (signature.variableWidth ? [variableColumn(signature)] : signature.columns).map(
    (column, index) => planColumn(column, index, signature),
  );
  const named = columns.flatMap((planned) =>
    planned.column.name === null ? [] : [[planned.column.name, planned] as const],
  );
  return {
    signature,
    columns,
    byName: named.length > 0 ? new Map(named) : null,
    isBareCell: columns.length === 1 && columns[0]!.column.cellShape.length > 0,
    hasVariableCells: columns.some(({ column }) => column.cellShape.includes(-1)),
    matrixLimit: findMatrixLimit(signature, columns),
  };
}

function planColumn(column: InputColumn, index: number, signature: Signature): PlannedColumn {
  const tensorType = signature.inputs[column.input]?.type;
  if (tensorType === undefined) {
    throw new GatewayError('INVALID_MODEL', `the graph has no input ${column.input} for column ${index}`);
  }
  const domain: ColumnDomain = columnDomain(column.type, tensorType);
  const acceptsNull = takesNull(column, domain);
  const isPlain = column.cellShape.length === 0;
  const known = isPlain ? knownValuesOf(column, tensorType) : null;
  return {
    index,
    column,
    tensorType,
    domain,
    isBig: tensorType === 'int64' || tensorType === 'uint64',
    takesNull: acceptsNull,
    mayBeAbsent: acceptsNull && !column.required,
    known,
    isSingle: column.type === 'float',
    plainLimit: isPlain && known === null && domain.kind === 'floating' ? domain.limit : 0,
  };
}

/** Numbers also as single precision holds them, for an input of that. */
function knownValuesOf({ knownValues }: InputColumn, type: TensorType): PlannedColumn['known'] {
  if (knownValues === undefined) return null;
  const rounded = type === 'float32' ? knownValues.map((value) => Math.fround(Number(value))) : [];
  return new Set([...knownValues, ...rounded]);
}

function variableColumn(signature: Signature): InputColumn {
  const type = columnTypeOf(signature.inputs[0]?.type ?? 'float32');
  return { name: null, type, input: 0, offset: 0, cellShape: [-1], required: true, takesNaN: false };
}

function findMatrixLimit(signature: Signature, columns: readonly PlannedColumn[]): number | null {
  const [input] = signature.inputs;
  if (signature.inputs.length !== 1 || (input?.type !== 'float32' && input?.type !== 'float64')) return null;
  let limit = Number.POSITIVE_INFINITY;
  for (const { domain, column, index, known } of columns) {
    const isPlain = column.cellShape.length === 0 && column.offset === index;
    if (known !== null || domain.kind !== 'floating' || !(isPlain || signature.variableWidth)) return null;
    limit = Math.min(limit, domain.limit);
  }
  return columns.length > 0 ? limit : null;
}
