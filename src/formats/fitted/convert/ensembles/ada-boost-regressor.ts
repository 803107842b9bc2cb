import { GatewayError } from '../../../../errors.ts';
import type { GraphBuilder, GraphValue } from '../../graph/graph-builder.ts';
import type { Stored } from '../../values/stored.ts';
import type { Converter, Scope } from '../converter.ts';
import type { Features } from '../features.ts';
import { fittedTree } from '../trees/fitted-tree.ts';
import { checkTargets } from '../trees/leaf-targets.ts';
import { treeEnsemble } from '../trees/tree-ensemble.ts';
import { areTrees } from './member-trees.ts';

/** The weighted median of the members' predictions: the first, from below, at which half of the weight is reached. */
export const adaBoostRegressor: Converter = {
  predict(estimator, features, scope) {
    scope.refuseNaN(features);
    const { graph } = scope;
    const members = estimator.get('estimators_').items();
    const weights = estimator.get('estimator_weights_').numbersOfShape(-1).values.slice(0, members.length);
    if (members.length === 0 || weights.length !== members.length)
      throw new GatewayError(
        'INVALID_MODEL',
        `${estimator.label} has ${members.length} members and ${weights.length} weights`,
      );
    const predictions = predictionsOf(members, features, scope);
    return { kind: 'regressor', values: weightedMedian(graph, predictions, weights), targets: 1 };
  },
};

/** `[rows, members]`. */
function predictionsOf(members: readonly Stored[], features: Features, scope: Scope): GraphValue {
  const { graph } = scope;
  if (areTrees(members)) {
    const trees = members.map((member) => fittedTree(member, features.width));
    if (checkTargets(trees) !== 1)
      throw new GatewayError('INVALID_MODEL', `${members[0]?.label} has several targets`);
    return treeEnsemble(
      graph,
      features.matrix(),
      trees.map((tree, target) => ({ ...tree, target })),
      { targets: trees.length, test: '<=', compare: 'float', sums: graph.precision },
    );
  }
  const columns = members.map((member) => {
    const prediction = scope.predict(member, features);
    if (prediction.kind === 'regressor' && prediction.targets === 1) return prediction.values;
    throw new GatewayError('INVALID_MODEL', `${member.label} is no regressor of one target`);
  });
  return graph.node('Concat', columns, { attributes: { axis: { integer: 1 } } });
}

function weightedMedian(graph: GraphBuilder, predictions: GraphValue, weights: Float64Array): GraphValue {
  const axis = { axis: { integer: 1 } };
  const [sorted, order] = graph.nodeOf('TopK', [predictions, graph.int64s([weights.length])], 2, {
    attributes: { ...axis, largest: { integer: 0 } },
  }) as [GraphValue, GraphValue];
  const inOrder = graph.op('Gather', graph.reals(weights), order);
  const reached = graph.op('CumSum', inOrder, graph.int64s([1], []));
  const last = graph.node('Gather', [reached, graph.int64s([weights.length - 1])], { attributes: axis });
  const isHalf = graph.op('GreaterOrEqual', reached, graph.op('Mul', last, graph.real(0.5)));
  const middle = graph.node('ArgMax', [graph.cast(isHalf, 'int64')], { attributes: axis });
  return graph.node('GatherElements', [sorted, middle], { attributes: axis });
}
