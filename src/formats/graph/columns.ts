import { GatewayError } from '../../errors.ts';
import type { MlModel } from '../../model/ml-model.ts';
import type { InputColumn } from '../../model/signature.ts';
import { isFloating, type TensorSpec } from '../../model/tensor.ts';
import { cellShapeOf } from './cell-shape.ts';
import { columnTypeOf, isFloatingColumn } from './column-type.ts';
import { quote } from './quote.ts';
import { columnsOfSignature, type DeclaredColumn } from './signature-columns.ts';

export interface Columns {
  readonly columns: readonly InputColumn[];
  readonly variableWidth: boolean;
  readonly source: 'mlmodel' | 'graph';
  readonly notes: readonly string[];
}

/** A flattened photograph has 150,000. */
const MAX_COLUMNS = 1_000_000;

/**
 * The columns of a row: those of the MLmodel's signature if it has one, else one for each element of the graph's inputs
 * (contract section 5).
 *
 * @param mayBeMissing whether the graph makes something of NaN, or of `MISSING_TEXT`, in this element of a row of this input.
 * @param knownValues the only values that this element of a row of this input may have.
 * @throws GatewayError INVALID_MODEL if signature and graph contradict each other, UNSUPPORTED_MODEL for types and shapes
 *   that a row cannot hold.
 */
export function columnsOf(
  inputs: readonly TensorSpec[],
  declared: MlModel['inputs'],
  mayBeMissing: (input: string, element: number) => boolean,
  knownValues: (input: string, element: number) => InputColumn['knownValues'] = () => undefined,
): Columns {
  const takesNaN = (column: DeclaredColumn) => {
    const input = inputs[column.input] as TensorSpec;
    const isText = column.type === 'string' && input.type === 'string';
    const isFit = isText || (isFloatingColumn(column.type) && isFloating(input.type));
    return isFit && mayBeMissing(input.name, column.offset);
  };
  const complete = (columns: readonly DeclaredColumn[]) =>
    columns.map((column) => {
      const known = knownValues((inputs[column.input] as TensorSpec).name, column.offset);
      return {
        ...column,
        takesNaN: takesNaN(column),
        ...(known === undefined ? {} : { knownValues: known }),
      };
    });
  if (declared !== null && declared.length > 0) {
    const { columns, notes } = columnsOfSignature(inputs, declared);
    return { columns: complete(columns), variableWidth: columns.length === 0, source: 'mlmodel', notes };
  }
  const columns = complete(columnsOfGraph(inputs));
  return { columns, variableWidth: columns.length === 0, source: 'graph', notes: [] };
}

/** Empty if there is one input whose width is variable. */
export function columnsOfGraph(inputs: readonly TensorSpec[]): DeclaredColumn[] {
  const [only] = inputs;
  if (inputs.length === 1 && only !== undefined && only.shape.length === 2 && only.shape[1] !== 1) {
    const width = Math.max(0, only.shape[1] as number);
    if (width > MAX_COLUMNS) {
      throw new GatewayError(
        'UNSUPPORTED_MODEL',
        `input ${quote(only.name)} has more than ${MAX_COLUMNS} columns`,
      );
    }
    return Array.from({ length: width }, (_, offset) => graphColumn(only, 0, null, offset, []));
  }
  return inputs.map((input, position) => graphColumn(input, position, input.name, 0, cellShapeOf(input)));
}

function graphColumn(
  input: TensorSpec,
  position: number,
  name: string | null,
  offset: number,
  cellShape: readonly number[],
): DeclaredColumn {
  return { name, type: columnTypeOf(input.type), input: position, offset, cellShape, required: true };
}
