import { GatewayError } from '../../../../errors.ts';
import type { GraphBuilder, GraphValue } from '../../graph/graph-builder.ts';
import type { Stored } from '../../values/stored.ts';
import type { Features } from '../features.ts';
import { refuseLarger } from '../refuse-larger.ts';
import { kernelSums, supportVectorsOf } from './support-vectors.ts';

/** Every pair of classes, the first below the second, in libsvm's order. */
export function pairsOf(classes: number): (readonly [number, number])[] {
  return Array.from({ length: classes }, (_, first) =>
    Array.from({ length: classes - first - 1 }, (__, rest) => [first, first + 1 + rest] as const),
  ).flat();
}

/**
 * `[rows, pairs]`: above zero where the first class of the pair wins, as libsvm calculates it. Support vectors lie class
 * after class; in a pair, those of one class have their weight in the row of `_dual_coef_` that the other class has there.
 */
export function pairDecisions(
  graph: GraphBuilder,
  estimator: Stored,
  features: Features,
  classes: number,
): GraphValue {
  const vectors = supportVectorsOf(estimator, features.width);
  const { count } = vectors.points;
  const dual = estimator.get('_dual_coef_').numbersOfShape(classes - 1, count).values;
  const counts = estimator.get('_n_support').numbersOfShape(classes).values;
  refuseLarger(((classes * (classes - 1)) / 2) * (count + classes), estimator, 'its pairs of classes');
  const pairs = pairsOf(classes);
  const { values: constants } = estimator.get('_intercept_').numbersOfShape(pairs.length);
  const starts = [0];
  for (const own of counts) starts.push((starts.at(-1) as number) + own);
  if (starts.at(-1) !== count || counts.some((own) => !(own >= 0))) {
    throw new GatewayError(
      'INVALID_MODEL',
      `_n_support of ${estimator.label} does not add up to its ${count} support vectors`,
    );
  }
  const weights = new Float64Array(count * pairs.length);
  for (const [pair, [first, second]] of pairs.entries()) {
    const fill = (own: number, row: number) => {
      for (let at = starts[own] as number; at < (starts[own + 1] as number); at += 1) {
        weights[at * pairs.length + pair] = dual[row * count + at] as number;
      }
    };
    fill(first, second - 1);
    fill(second, first);
  }
  return kernelSums(graph, features, vectors, weights, constants);
}

/** `[rows, classes]`: how many pairs each class wins. @param wins `[rows, pairs]`, bool: whether the first class does. */
export function votes(graph: GraphBuilder, wins: GraphValue, classes: number): GraphValue {
  const pairs = pairsOf(classes);
  const signs = pairMatrix(pairs, classes);
  const lost = new Float64Array(classes);
  for (const [, second] of pairs) lost[second] = (lost[second] as number) + 1;
  const won = graph.op('MatMul', graph.castReal(wins), graph.reals(signs, [pairs.length, classes]));
  return graph.op('Add', won, graph.reals(lost));
}

/** scikit-learn's `_ovr_decision_function`: votes, and below one the sum of the decisions for each class. */
export function oneVsRestDecision(graph: GraphBuilder, decisions: GraphValue, classes: number): GraphValue {
  const pairs = pairsOf(classes);
  const sums = graph.op(
    'MatMul',
    decisions,
    graph.reals(pairMatrix(pairs, classes), [pairs.length, classes]),
  );
  const size = graph.op('Mul', graph.real(3), graph.op('Add', graph.op('Abs', sums), graph.real(1)));
  const wins = graph.op('GreaterOrEqual', decisions, graph.real(0));
  return graph.op('Add', votes(graph, wins, classes), graph.op('Div', sums, size));
}

/** `[pairs, classes]`: 1 for the first class of the pair, −1 for the second. */
function pairMatrix(pairs: readonly (readonly [number, number])[], classes: number): Float64Array {
  const matrix = new Float64Array(pairs.length * classes);
  for (const [pair, [first, second]] of pairs.entries()) {
    matrix[pair * classes + first] = 1;
    matrix[pair * classes + second] = -1;
  }
  return matrix;
}
