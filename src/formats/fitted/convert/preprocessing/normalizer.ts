import { GatewayError } from '../../../../errors.ts';
import type { GraphBuilder, GraphValue } from '../../graph/graph-builder.ts';
import type { Stored } from '../../values/stored.ts';
import type { Converter } from '../converter.ts';
import { Features } from '../features.ts';

/** A row whose norm is below this is left as it is (`_handle_zeros_in_scale`: ten units in the last place of 1). */
const SMALLEST = 10 * 2 ** -52;

/** Rows divided by their norm. */
export const normalizer: Converter = {
  transform(estimator, features, scope) {
    scope.refuseNaN(features);
    const { graph } = scope;
    const x = features.matrix();
    const norm = normOf(estimator.get('norm'), x, graph);
    const isTiny = graph.op('Less', norm, graph.real(SMALLEST));
    const divisor = graph.op('Where', isTiny, graph.real(1), norm);
    return Features.made(graph, graph.op('Div', x, divisor), features.width);
  },
};

/** `[rows, 1]`. */
function normOf(parameter: Stored, x: GraphValue, graph: GraphBuilder): GraphValue {
  const axis = graph.int64s([1]);
  const norm = parameter.text();
  switch (norm) {
    case 'l1':
      return graph.op('ReduceL1', x, axis);
    case 'l2':
      return graph.op('ReduceL2', x, axis);
    case 'max':
      return graph.op('ReduceMax', graph.op('Abs', x), axis);
    default:
      throw new GatewayError('INVALID_MODEL', `${parameter.path} is "${norm}", which is no norm`);
  }
}
