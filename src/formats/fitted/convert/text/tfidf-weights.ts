import { GatewayError } from '../../../../errors.ts';
import type { GraphBuilder, GraphValue } from '../../graph/graph-builder.ts';
import type { Stored } from '../../values/stored.ts';

/** Counts of terms `[rows, width]` weighted by a fitted `TfidfTransformer`. */
export function tfidfWeights(
  graph: GraphBuilder,
  transformer: Stored,
  counts: GraphValue,
  width: number,
): GraphValue {
  let value = counts;
  if (transformer.get('sublinear_tf').boolean()) {
    const isThere = graph.op('Greater', value, graph.real(0));
    const log = graph.op(
      'Add',
      graph.op('Log', graph.op('Where', isThere, value, graph.real(1))),
      graph.real(1),
    );
    value = graph.op('Where', isThere, log, graph.real(0));
  }
  const weights = weightsOf(transformer, width);
  if (weights !== null) value = graph.op('Mul', value, graph.reals(weights));
  return normalised(graph, value, transformer.get('norm'));
}

/** Up to scikit-learn 1.4 they are the diagonal of a sparse matrix. */
function weightsOf(transformer: Stored, width: number): Float64Array | null {
  if (!transformer.get('use_idf').boolean()) return null;
  const plain = transformer.find('idf_');
  return (plain ?? transformer.get('_idf_diag').get('data')).numbersOfShape(width).values;
}

/** Rows divided by their norm; those without any term stay. */
function normalised(graph: GraphBuilder, value: GraphValue, norm: Stored): GraphValue {
  if (norm.isNone) return value;
  const name = norm.text();
  if (name !== 'l1' && name !== 'l2') throw new GatewayError('INVALID_MODEL', `${norm.path} is "${name}"`);
  const length = graph.op(name === 'l1' ? 'ReduceL1' : 'ReduceL2', value, graph.int64s([1]));
  const isZero = graph.op('Equal', length, graph.real(0));
  return graph.op('Div', value, graph.op('Where', isZero, graph.real(1), length));
}
