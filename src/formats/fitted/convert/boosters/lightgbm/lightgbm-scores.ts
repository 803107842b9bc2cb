import { GatewayError } from '../../../../../errors.ts';
import type { GraphBuilder, GraphValue } from '../../../graph/graph-builder.ts';
import type { Features } from '../../features.ts';
import { checkTree } from '../../trees/tree.ts';
import { treeEnsemble } from '../../trees/tree-ensemble.ts';
import { ColumnViews } from './column-views.ts';
import { encodedColumns } from './encoded-columns.ts';
import type { LightgbmModel } from './lightgbm-model.ts';
import { lightgbmTree } from './lightgbm-tree.ts';

export interface LightgbmScores {
  /** Sums over the iterations: what `raw_score` answers, of random forests too. */
  readonly raw: GraphValue;
  /** What the objective is applied to: in a random forest the mean of the iterations. */
  readonly scores: GraphValue;
}

/** Scores before the objective, each `[rows, groups]`. */
export function lightgbmScores(
  model: LightgbmModel,
  features: Features,
  graph: GraphBuilder,
): LightgbmScores {
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
  const raw = graph.castReal(sums);
  return { raw, scores: model.isAverage ? graph.op('Div', raw, graph.real(iterations)) : raw };
}
