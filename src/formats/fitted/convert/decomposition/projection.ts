import type { GraphBuilder, GraphValue } from '../../graph/graph-builder.ts';
import type { Stored } from '../../values/stored.ts';
import { Features } from '../features.ts';
import { transposed } from '../linear/linear-scores.ts';

/** `components_`, `[count, width]`. */
export function componentsOf(estimator: Stored, width: number): { values: Float64Array; count: number } {
  const { values, shape } = estimator.get('components_').numbersOfShape(-1, width);
  return { values, count: shape[0] as number };
}

/** Columns less `mean_`. */
export function centred(estimator: Stored, features: Features, graph: GraphBuilder): GraphValue {
  const mean = estimator.find('mean_');
  if (mean === null) return features.matrix();
  return graph.op('Sub', features.matrix(), graph.reals(mean.numbersOfShape(features.width).values));
}

/** `value` (`[rows, width]`) · componentsᵀ. */
export function projected(
  graph: GraphBuilder,
  value: GraphValue,
  components: Float64Array,
  count: number,
): Features {
  const width = components.length / count;
  const weights = graph.reals(transposed(components, count, width), [width, count]);
  return Features.made(graph, graph.op('MatMul', value, weights), count);
}
