import { GatewayError } from '../../../../errors.ts';
import type { GraphValue } from '../../graph/graph-builder.ts';
import type { Stored } from '../../values/stored.ts';
import { classCount, classesOf } from '../classes.ts';
import type { Converter, Scope } from '../converter.ts';
import { EXPORT_INSTEAD } from '../export-instead.ts';
import type { Features } from '../features.ts';
import { firstMaximum, isNotNegative, sigmoid, softmax, twoColumns } from '../scores.ts';
import { boostingStart } from './boosting-start.ts';
import { fittedTree } from './fitted-tree.ts';
import { checkTargets } from './leaf-targets.ts';
import { leafTree } from './leaf-tree.ts';
import { treeEnsemble } from './tree-ensemble.ts';

const LOSSES = new Set(['log_loss', 'deviance', 'exponential']);

/** Start + learning_rate · Σ leaves, one sum for two classes, else one for each. */
export const gradientBoostingClassifier: Converter = {
  predict(estimator, features, scope) {
    const { graph } = scope;
    const classes = classesOf(estimator.get('classes_'));
    const count = classCount(classes);
    const loss = estimator.get('loss').text();
    if (!LOSSES.has(loss))
      throw new GatewayError(
        'UNSUPPORTED_MODEL',
        `${estimator.label} has the loss "${loss}", which is not known here; ${EXPORT_INSTEAD}`,
      );
    const raw = rawScores(estimator, features, scope, count === 2 ? 1 : count);
    if (count > 2) {
      const probabilities = softmax(graph, raw);
      const index = firstMaximum(graph, decidesByProbability(estimator) ? probabilities : raw);
      return { kind: 'classifier', classes, index, probabilities, decision: raw };
    }
    const isExponential = loss === 'exponential';
    const probabilities = twoColumns(
      graph,
      sigmoid(graph, isExponential ? graph.op('Mul', raw, graph.real(2)) : raw),
    );
    const index =
      decidesByProbability(estimator) && !isExponential
        ? firstMaximum(graph, probabilities)
        : isNotNegative(graph, raw);
    return { kind: 'classifier', classes, index, probabilities, decision: raw };
  },
  limits: 'no `init` but dummies, trees, forests and boosted trees',
};

export const gradientBoostingRegressor: Converter = {
  predict: (estimator, features, scope) => ({
    kind: 'regressor',
    values: rawScores(estimator, features, scope, 1),
    targets: 1,
  }),
  limits: 'no `init` but dummies, trees, forests and boosted trees',
};

/** Up to scikit-learn 1.3 `predict` compares probabilities, which are equal where sums are a little apart. */
function decidesByProbability(estimator: Stored): boolean {
  return estimator.get('_loss').typeName?.includes('_gb_losses') === true;
}

/** `[rows, width]`: added in scikit-learn's order, what it begins with first. */
function rawScores(estimator: Stored, features: Features, scope: Scope, width: number): GraphValue {
  scope.refuseNaN(features);
  const stored = estimator.get('estimators_');
  const [stages, each] = stored.shape();
  if (stored.shape().length !== 2 || stages === 0 || each !== width) {
    throw new GatewayError(
      'INVALID_MODEL',
      `${stored.path} has the shape [${stored.shape().join(', ')}], and [stages, ${width}] is expected`,
    );
  }
  const fitted = stored.items().map((tree) => fittedTree(tree, features.width));
  if (checkTargets(fitted) !== 1)
    throw new GatewayError('INVALID_MODEL', `${stored.path} has trees of several targets`);
  const rate = estimator.get('learning_rate').number();
  const start = boostingStart(estimator, features, scope, width);
  const trees = fitted.map(({ tree, shape, values }, at) => {
    const scaled = values.map((value) => rate * value);
    return { tree, shape, values: scaled, target: at % width };
  });
  const { graph } = scope;
  const isConstant = start instanceof Float64Array;
  const sums = treeEnsemble(
    graph,
    features.matrix(),
    [...(isConstant ? Array.from(start, leafTree) : []), ...trees],
    { targets: width, test: '<=', compare: 'float', sums: graph.precision },
  );
  return isConstant ? sums : graph.op('Add', start, sums);
}
