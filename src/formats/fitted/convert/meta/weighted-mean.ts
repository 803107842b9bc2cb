import { GatewayError } from '../../../../errors.ts';
import type { GraphBuilder, GraphValue } from '../../graph/graph-builder.ts';
import type { Stored } from '../../values/stored.ts';

/** Sum of tensors of one shape, one after the other, as numpy adds along the first axis. */
export function total(graph: GraphBuilder, values: readonly GraphValue[]): GraphValue {
  return values.reduce((sum, value) => graph.op('Add', sum, value));
}

/** As `numpy.average`. @param weights one for each value; `null` weighs all the same. */
export function weightedMean(
  graph: GraphBuilder,
  values: readonly GraphValue[],
  weights: readonly number[] | null,
): GraphValue {
  if (weights === null) return graph.op('Div', total(graph, values), graph.real(values.length));
  const weighted = values.map((value, at) => graph.op('Mul', value, graph.real(weights[at] as number)));
  const sum = weights.reduce((left, right) => left + right, 0);
  if (sum === 0) throw new GatewayError('INVALID_MODEL', 'the weights of a mean add up to zero');
  return graph.op('Div', total(graph, weighted), graph.real(sum));
}

/**
 * Weights of the estimators that were not dropped.
 *
 * @param estimators of a voting: `estimators` are (name, estimator or `"drop"`), `weights` one for each or None.
 */
export function weightsOf(voting: Stored, count: number): readonly number[] | null {
  const weights = voting.find('weights');
  if (weights === null) return null;
  const all = weights.numbers().values;
  const isKept = voting
    .get('estimators')
    .items()
    .map((item) => item.items()[1]?.value !== 'drop');
  const kept = [...all].filter((_, at) => isKept[at] === true);
  if (all.length !== isKept.length || kept.length !== count || !kept.every(Number.isFinite)) {
    throw new GatewayError('INVALID_MODEL', `${weights.path} are not one number for each estimator`);
  }
  return kept;
}
