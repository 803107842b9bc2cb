import { GatewayError } from '../../../../errors.ts';
import type { GraphBuilder, GraphValue } from '../../graph/graph-builder.ts';
import type { NumberArray, Stored } from '../../values/stored.ts';
import type { Features } from '../features.ts';

export interface LinearScores {
  /** `[rows, count]`: x · coef_ᵀ + intercept_. */
  readonly value: GraphValue;
  readonly count: number;
}

/** `coef_` of shape `[count, width]` or `[width]`, and `intercept_`, a number or one for each. */
export function linearScores(estimator: Stored, features: Features, graph: GraphBuilder): LinearScores {
  const { value, count } = linearProduct(estimator, features, graph);
  const intercept = estimator.get('intercept_').numbers();
  return { value: graph.op('Add', value, graph.reals(spread(intercept, count, estimator))), count };
}

/** x · coef_ᵀ alone. */
export function linearProduct(estimator: Stored, features: Features, graph: GraphBuilder): LinearScores {
  const stored = estimator.get('coef_');
  if (stored.isObject) {
    throw new GatewayError(
      'UNSUPPORTED_MODEL',
      `${stored.path} of ${estimator.label} is sparse (${stored.typeName}), and only arrays are read; call densify() on the estimator before it is logged`,
    );
  }
  const { shape } = stored.numbers();
  const coefficients =
    shape.length === 1 ? stored.numbersOfShape(features.width) : stored.numbersOfShape(-1, features.width);
  const count = shape.length === 1 ? 1 : (shape[0] as number);
  const weights = graph.reals(transposed(coefficients.values, count, features.width), [
    features.width,
    count,
  ]);
  return { value: graph.op('MatMul', features.matrix(), weights), count };
}

/** `[rows, columns]` → `[columns, rows]`, both row-major. */
export function transposed(values: Float64Array, rows: number, columns: number): Float64Array {
  const result = new Float64Array(values.length);
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      result[column * rows + row] = values[row * columns + column] as number;
    }
  }
  return result;
}

function spread({ values }: NumberArray, count: number, estimator: Stored): Float64Array {
  if (values.length === 1) return new Float64Array(count).fill(values[0] as number);
  return estimator.get('intercept_').numbersOfShape(count).values;
}
