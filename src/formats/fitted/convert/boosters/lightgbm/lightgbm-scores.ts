import { GatewayError } from '../../../../../errors.ts';
import type { GraphBuilder, GraphValue } from '../../../graph/graph-builder.ts';
import type { Features } from '../../features.ts';
import { checkTree } from '../../trees/tree.ts';
import { treeEnsemble } from '../../trees/tree-ensemble.ts';
import { ColumnViews } from './column-views.ts';
import { encodedColumns } from './encoded-columns.ts';
import type { LightgbmModel } from './lightgbm-model.ts';
import { lightgbmTree } from './lightgbm-tree.ts';

/** Raw scores before the objective, `[rows, groups]`: sums over the iterations, or their mean in a random forest. */
export function lightgbmScores(model: LightgbmModel, features: Features, graph: GraphBuilder): GraphValue {
  const { groups, width, iterations } = model;
  if (features.width !== width) {
    throw new GatewayError(
      'INVALID_MODEL',
      `${model.handle.path || 'the model'} was trained on ${width} columns, and gets ${features.width}`,
    );
  }
  const views = new ColumnViews(width);
  const read = model.trees.map((stored) => ({ stored, ...lightgbmTree(stored, views) }));
  const trees = read.map(({ stored, tree, values }, at) => ({
    tree,
    shape: checkTree(tree, views.width, stored.path),
    values,
    target: at % groups,
  }));
  const matrix = views.matrix(graph, encodedColumns(model.handle, features, graph));
  const sums = treeEnsemble(graph, matrix, trees, {
    targets: groups,
    test: '<=',
    compare: 'double',
    sums: 'double',
  });
  const scores = graph.castReal(sums);
  return model.isAverage ? graph.op('Div', scores, graph.real(iterations)) : scores;
}
