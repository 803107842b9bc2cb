import type { GraphBuilder, GraphValue } from '../../../graph/graph-builder.ts';
import type { Features } from '../../features.ts';
import type { XgboostModel } from './xgboost-model.ts';

/**
 * Margins of `gblinear`, `[rows, groups]`, in single precision: a missing value counts as zero. XGBoost begins with bias and base
 * margin, and adds the products column after column in single precision; a product of matrices would add them in another
 * order, which is seen in the sixth digit.
 */
export function linearMargins(model: XgboostModel, features: Features, graph: GraphBuilder): GraphValue {
  const { groups, width } = model;
  const { values } = model.state.get('weights').numbersOfShape((width + 1) * groups);
  const single = graph.cast(features.matrix(), 'float');
  const present = graph.op('Where', graph.op('IsNaN', single), graph.floats([0], []), single);
  const products = graph.op(
    'Mul',
    graph.op('Unsqueeze', present, graph.int64s([2])),
    graph.floats(values.subarray(0, width * groups), [width, groups]),
  );
  const bases = Array.from({ length: groups }, (_, group) =>
    Math.fround(Math.fround(values[width * groups + group] as number) + (model.baseMargins[group] as number)),
  );
  const sums = graph.op('CumSum', withBases(graph, products, bases), graph.int64s([1], []));
  return graph.node('Gather', [sums, graph.int64s([width], [])], { attributes: { axis: { integer: 1 } } });
}

/** `[rows, width, groups]` → `[rows, 1 + width, groups]`. */
function withBases(graph: GraphBuilder, products: GraphValue, bases: readonly number[]): GraphValue {
  const rows = graph.node('Shape', [products], {
    attributes: { start: { integer: 0 }, end: { integer: 1 } },
  });
  const shape = graph.node('Concat', [rows, graph.int64s([1, bases.length])], {
    attributes: { axis: { integer: 0 } },
  });
  const first = graph.op('Expand', graph.floats(bases, [1, 1, bases.length]), shape);
  return graph.node('Concat', [first, products], { attributes: { axis: { integer: 1 } } });
}
