import { GatewayError } from '../../errors.ts';
import { elementCount, type TensorSpec } from '../../model/tensor.ts';
import { quote } from './quote.ts';

const MAX_CELL_ELEMENTS = 100_000_000;

/**
 * The shape of what one row puts into `input`; `[]` for a plain value.
 *
 * @throws GatewayError UNSUPPORTED_MODEL if it varies, so that a row cannot be told from its length.
 */
export function cellShapeOf(input: TensorSpec): readonly number[] {
  const cell = input.shape.slice(1);
  if (cell.includes(-1)) {
    const shape = input.shape.map((dim) => (dim === -1 ? '?' : dim)).join(', ');
    throw new GatewayError(
      'UNSUPPORTED_MODEL',
      `input ${quote(input.name)} of shape [${shape}] has a variable dimension besides the rows; export the model with fixed ones`,
    );
  }
  if (elementCount(cell) > MAX_CELL_ELEMENTS) {
    throw new GatewayError(
      'UNSUPPORTED_MODEL',
      `input ${quote(input.name)} takes more than ${MAX_CELL_ELEMENTS} values a row`,
    );
  }
  return elementCount(cell) === 1 && cell.length <= 1 ? [] : cell;
}
